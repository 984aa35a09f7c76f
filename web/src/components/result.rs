use leptos::{html::Section, prelude::*};
use web_sys::Element;

use super::{
    context_list::ContextList, downloads::Downloads, faithfulness::FaithfulnessPanel,
    heatmap_table::HeatmapTable, legend::Legend, settings_list::SettingsList,
    tinted_text::TintedText, ways_fields::WaysFields,
};
use crate::{shown::Origin, state::State, worker::Engine};

/// A result: the text itself, the table, and how both were made.
#[component]
pub(crate) fn ResultPanel(
    /// The page's store.
    state: State,
    /// Whom to ask.
    engine: Engine,
) -> impl IntoView {
    let State {
        shown,
        ways,
        ways_failure,
        column,
        ..
    } = state;
    let origin = Memo::new(move |_| shown.with(|shown| shown.origin));
    let title = move || match origin.get() {
        Origin::StoredExample => "Stored example",
        Origin::Computed { .. } => "Your result",
    };
    let note = move || match origin.get() {
        Origin::StoredExample => "Came with the page. Press Run to compute your own.",
        Origin::Computed { .. } => "Computed in this tab.",
    };
    let has_context = Memo::new(move |_| shown.with(|shown| shown.context.is_some()));
    let question = move || match has_context.get() {
        true => "What hangs on the context?",
        false => "Why these words?",
    };
    let panel = NodeRef::<Section>::new();
    Effect::new(move || {
        let is_computed = shown.with(|shown| shown.origin != Origin::StoredExample);
        if let Some(panel) = panel.get_untracked().filter(|_| is_computed) {
            bring_into_view(&panel);
        }
    });
    view! {
        <section node_ref=panel class="result" id="result" tabindex="-1" aria-labelledby="result-title" data-testid="result">
            <div>
                <p class="kicker"><strong data-testid="origin">{title}</strong> <span>{note}</span></p>
                <h2 id="result-title">{question}</h2>
                <SettingsList shown />
            </div>
            <ContextList shown column />
            <WaysFields shown ways ways_failure />
            <TintedText shown column />
            <div>
                <HeatmapTable shown column />
                <Legend shown />
            </div>
            // Cues are scores of two readings, which no removal measures.
            <Show when=move || !has_context.get()>
                <FaithfulnessPanel state engine />
            </Show>
            <Downloads shown />
        </section>
    }
}

/// Where the form fills the window, whoever ran it wants to see what came of it.
fn bring_into_view(panel: &Element) {
    let height = web_sys::window()
        .and_then(|window| window.inner_height().ok()?.as_f64())
        .unwrap_or(f64::INFINITY);
    if panel.get_bounding_client_rect().top() > height / 2.0 {
        panel.scroll_into_view();
    }
}
