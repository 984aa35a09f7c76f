use leptos::{ev::KeyboardEvent, html::Div, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::{
    arcs_view::ArcsView, axis_walk::AxisWalk, layers_view::LayersView, ranking_list::RankingList,
    step_charts::StepCharts, strongest_links::StrongestLinks, table_view::TableView,
};
use crate::{
    shown::Shown,
    views::View,
    ways_to_look::WaysToLook,
    words::{t, tf},
};

const PANEL: &str = "view-panel";

/// The views of the result, one at a time. Each is drawn of what is on screen already.
#[component]
pub(crate) fn ViewSwitch(
    /// The result on screen.
    shown: RwSignal<Shown>,
    /// How it is looked at.
    ways: RwSignal<WaysToLook>,
    /// Which attributed target is looked at.
    column: RwSignal<usize>,
) -> impl IntoView {
    let tabs = NodeRef::<Div>::new();
    let chosen = Memo::new(move |_| ways.with(|ways| ways.view));
    let views = Memo::new(move |_| shown.with(View::of));
    let seen = Memo::new(move |_| shown.with(|shown| View::seen(chosen.get(), shown)));
    let choose = move |view: View| ways.update(|ways| ways.view = Some(view));
    let walk = move |event: KeyboardEvent| {
        let views = views.get_untracked();
        let Some(next) = tab_after(&event.key(), seen.get_untracked(), &views) else {
            return;
        };
        event.prevent_default();
        choose(next);
        focus(tabs, next);
    };
    let drawn = move || match seen.get() {
        View::Text => view! { <TextAlone shown /> }.into_any(),
        View::Table => view! { <TableView shown ways column /> }.into_any(),
        View::Arcs => view! { <ArcsView shown column /> }.into_any(),
        View::Layers => view! { <LayersView shown ways column /> }.into_any(),
        View::Ranking => view! { <RankingList shown column /> }.into_any(),
        View::Scores => view! { <StepCharts shown column /> }.into_any(),
    };
    view! {
        <div class="views" data-testid="views">
            <div
                node_ref=tabs
                class="view-tabs"
                role="tablist"
                aria-label=t("Views of the result")
                on:keydown=walk
            >
                <For each=move || views.get() key=|view| view.id() let:view>
                    <button
                        type="button"
                        role="tab"
                        id=tab_id(view)
                        data-testid=tab_id(view)
                        aria-controls=PANEL
                        aria-selected=move || (seen.get() == view).to_string()
                        tabindex=move || if seen.get() == view { "0" } else { "-1" }
                        on:click=move |_| choose(view)
                    >
                        {view.title()}
                    </button>
                </For>
            </div>
            <AxisWalk shown ways />
            <div
                role="tabpanel"
                id=PANEL
                data-testid=PANEL
                aria-labelledby=move || tab_id(seen.get())
            >
                {drawn}
            </div>
        </div>
    }
}

/// The text stands above the views; of large results it comes first, without a table.
#[component]
fn TextAlone(
    /// The result on screen.
    shown: RwSignal<Shown>,
) -> impl IntoView {
    let heatmap = Memo::new(move |_| shown.with(|shown| shown.heatmap.clone()));
    let size = move || {
        heatmap.with(|heatmap| {
            tf(
                "The text above is tinted by what the chosen token hangs on. Every number is in the \
                 other views; the table has {rows} rows and {columns} columns.",
                &[
                    ("rows", &heatmap.n_rows()),
                    ("columns", &heatmap.columns.len()),
                ],
            )
        })
    };
    view! {
        <p class="help" data-testid="text-alone">{size}</p>
        <StrongestLinks heatmap />
    }
}

fn tab_id(view: View) -> String {
    format!("view-{}", view.id())
}

/// Where a key leads: around the ends, as tabs do.
fn tab_after(key: &str, seen: View, views: &[View]) -> Option<View> {
    let last = views.len().checked_sub(1)?;
    let index = views.iter().position(|view| *view == seen)?;
    let next = match key {
        "ArrowRight" if index == last => 0,
        "ArrowRight" => index + 1,
        "ArrowLeft" if index == 0 => last,
        "ArrowLeft" => index - 1,
        "Home" => 0,
        "End" => last,
        _ => return None,
    };
    views.get(next).copied()
}

fn focus(tabs: NodeRef<Div>, view: View) {
    let tab = tabs
        .get_untracked()
        .and_then(|tabs| tabs.query_selector(&format!("#{}", tab_id(view))).ok()?)
        .and_then(|tab| tab.dyn_into::<HtmlElement>().ok());
    if let Some(tab) = tab {
        // A tab that refuses focus is chosen all the same.
        let _ = tab.focus();
    }
}

#[cfg(test)]
mod tests {
    use super::{View, tab_after};

    #[test]
    fn keys_lead_around_the_ends() {
        let views = [View::Text, View::Table, View::Scores];
        let after = |key, seen| tab_after(key, seen, &views);
        assert_eq!(after("ArrowRight", View::Scores), Some(View::Text));
        assert_eq!(after("ArrowLeft", View::Text), Some(View::Scores));
        assert_eq!(after("End", View::Table), Some(View::Scores));
        assert_eq!(after("a", View::Table), None);
        assert_eq!(after("Home", View::Arcs), None);
    }
}
