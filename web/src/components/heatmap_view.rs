use leptos::prelude::*;

use super::{
    heatmap_canvas::HeatmapCanvas, heatmap_table::HeatmapTable, legend::Legend,
    strongest_links::StrongestLinks,
};
use crate::{laid_out::LaidOut, place::Place, words::t};

/// A heatmap with its title, the value that is pointed at, the strongest links in words
/// and the legend: a table, or pixels where there are too many cells for one.
#[component]
pub(crate) fn HeatmapView(
    /// What it is.
    #[prop(into)]
    title: Signal<String>,
    /// What is drawn.
    heatmap: Memo<LaidOut>,
    /// Which column is looked at.
    #[prop(into)]
    column: Signal<Option<usize>>,
    /// Which row is looked at.
    #[prop(into)]
    row: Signal<Option<usize>>,
    /// Takes the cell that was chosen.
    #[prop(into)]
    on_choose: Callback<Place>,
) -> impl IntoView {
    let is_large = Memo::new(move |_| heatmap.with(LaidOut::is_large));
    let looked_at = RwSignal::new(None::<Place>);
    // A place in what was drawn before says nothing here.
    Effect::watch(
        move || heatmap.track(),
        move |(), _, _| looked_at.set(None),
        false,
    );
    let readout = move || heatmap.with(|heatmap| looked_at.get()?.in_words(heatmap));
    view! {
        <h3 id="heatmap-title">{move || title.get()}</h3>
        {move || match is_large.get() {
            true => view! { <HeatmapCanvas heatmap column row on_choose looked_at /> }.into_any(),
            false => view! { <HeatmapTable heatmap column row on_choose looked_at /> }.into_any(),
        }}
        <p class="readout" role="status" data-testid="readout">
            {move || match readout() {
                Some(words) => words.into_any(),
                None => view! {
                    <span class="hint">{t("Point at a cell, or move with the arrow keys, to read its value.")}</span>
                }
                .into_any(),
            }}
        </p>
        <StrongestLinks heatmap />
        <Legend heatmap />
    }
}
