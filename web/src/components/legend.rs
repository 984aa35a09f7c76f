use heatmap::{Heatmap, LEVELS};
use leptos::prelude::*;

use crate::{laid_out::LaidOut, words::t};

/// Which color means which number.
#[component]
pub(crate) fn Legend(
    /// What is drawn.
    heatmap: Memo<LaidOut>,
) -> impl IntoView {
    let legend = move || heatmap.with(|heatmap| scale(heatmap));
    view! {
        <div class="legend" role="group" aria-label=t("Legend: attribution by color") data-testid="legend">
            {legend}
        </div>
    }
}

/// The color scale of a table, with its numbers.
pub(super) fn scale(heatmap: &Heatmap) -> impl IntoView + use<> {
    let (range, decimals) = (heatmap.range, heatmap.decimals.min(6));
    let half = range / 2.0;
    let ticks = match heatmap.is_signed {
        true => [
            format!("−{range:.decimals$}"),
            "0".to_owned(),
            format!("{range:.decimals$}"),
        ],
        false => [
            "0".to_owned(),
            format!("{half:.decimals$}"),
            format!("{range:.decimals$}"),
        ],
    };
    color_scale(heatmap.is_signed, ticks)
}

/// The colors of numbers of both signs, or from zero on, and what stands at its beginning,
/// its middle and its end.
pub(super) fn color_scale(is_signed: bool, ticks: [String; 3]) -> impl IntoView + use<> {
    let lowest = if is_signed { -LEVELS } else { 0 };
    let steps = (lowest..=LEVELS).map(|level| view! { <span data-level=level></span> });
    let ticks = ticks.map(|tick| view! { <span>{tick}</span> });
    view! {
        <div class="legend-bar" aria-hidden="true">{steps.collect_view()}</div>
        <div class="legend-ticks">{ticks.collect_view()}</div>
    }
}
