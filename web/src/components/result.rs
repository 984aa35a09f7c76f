use leptos::prelude::*;

use super::{
    downloads::Downloads, heatmap_table::HeatmapTable, legend::Legend, settings_list::SettingsList,
    tinted_text::TintedText,
};
use crate::shown::{Origin, Shown};

/// A result: the text itself, the table, and how both were made.
#[component]
pub(crate) fn ResultPanel(
    /// The result on screen.
    shown: RwSignal<Shown>,
    /// Which attributed target is looked at.
    column: RwSignal<usize>,
) -> impl IntoView {
    let origin = Memo::new(move |_| shown.with(|shown| shown.origin));
    let title = move || match origin.get() {
        Origin::StoredExample => "Stored example",
        Origin::Computed { .. } => "Your result",
    };
    let note = move || match origin.get() {
        Origin::StoredExample => "Came with the page. Press Run to compute your own.",
        Origin::Computed { .. } => "Computed in this tab.",
    };
    view! {
        <section class="result" id="result" tabindex="-1" aria-labelledby="result-title" data-testid="result">
            <div>
                <p class="kicker"><strong data-testid="origin">{title}</strong> <span>{note}</span></p>
                <h2 id="result-title">"Why these words?"</h2>
                <SettingsList shown />
            </div>
            <TintedText shown column />
            <div>
                <HeatmapTable shown column />
                <Legend shown />
            </div>
            <Downloads shown />
        </section>
    }
}
