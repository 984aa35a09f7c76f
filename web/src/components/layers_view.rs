use leptos::prelude::*;

use super::heatmap_view::HeatmapView;
use crate::{
    laid_out::LaidOut,
    place::{Place, legible},
    shown::Shown,
    ways_to_look::{OfLayers, Reduction, Scale, WaysToLook},
    words::{t, tf},
};

/// What each layer says of the chosen token: rows are layers, columns the tokens before
/// it. A chosen cell makes its layer the one that is looked at everywhere.
#[component]
pub(crate) fn LayersView(
    /// The result on screen.
    shown: RwSignal<Shown>,
    /// How it is looked at.
    ways: RwSignal<WaysToLook>,
    /// Which attributed target is looked at.
    column: RwSignal<usize>,
) -> impl IntoView {
    // Which layer is looked at changes nothing here.
    let numbers = Memo::new(move |_| WaysToLook {
        layers: OfLayers::default(),
        ..ways.with(WaysToLook::of_numbers)
    });
    let drawn = Memo::new(move |_| {
        numbers.with(|ways| shown.with(|shown| shown.layers(ways, column.get())))
    });
    let title = Signal::derive(move || {
        let label = shown.with(|shown| Some(legible(shown.heatmap.columns.get(column.get())?)));
        tf(
            "What “{token}” hangs on, layer by layer",
            &[("token", &label.unwrap_or_default())],
        )
    });
    let layer = Signal::derive(move || match ways.with(|ways| ways.layers) {
        OfLayers::Reduced(Reduction::Only(layer)) => Some(layer),
        _ => None,
    });
    let choose = move |place: Place| {
        ways.update(|ways| ways.layers = OfLayers::Reduced(Reduction::Only(place.row)));
    };
    // While it says the same, the table stays, and with it the focus.
    let heatmap = Memo::new(move |old: Option<&LaidOut>| {
        let drawn = drawn.with(|drawn| drawn.clone().and_then(Result::ok));
        match (drawn, old) {
            (Some(new), Some(old)) if **old == *new => old.clone(),
            (None, Some(old)) => old.clone(),
            (Some(new), _) => new,
            (None, None) => shown.with(|shown| shown.heatmap.clone()),
        }
    });
    let failure = move || match drawn.get() {
        Some(Err(words)) => Some(view! { <p class="notice">{words}</p> }),
        _ => None,
    };
    let sum = move || {
        let is_one = ways.with(|ways| matches!(ways.scale, Scale::Usual | Scale::Columns));
        is_one.then(|| t("Each layer’s numbers sum to 1."))
    };
    view! {
        <div role="alert">{failure}</div>
        <Show when=move || drawn.with(|drawn| matches!(drawn, Some(Ok(_))))>
            <HeatmapView
                title
                heatmap
                column=Signal::stored(None)
                row=layer
                on_choose=choose
            />
            <p class="help">
                {t("Choose a cell to look at its layer alone, in every view.")}
                " "
                {sum}
            </p>
        </Show>
    }
}
