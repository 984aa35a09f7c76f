use heatmap::Positions;
use leptos::prelude::*;

use super::{heatmap_view::HeatmapView, range_fields::RangeFields};
use crate::{
    laid_out::LaidOut,
    place::Place,
    shown::Shown,
    ways_to_look::{WaysToLook, positions_from},
    words::t,
};

/// Every token with every other, or those of them that the visitor asked for.
#[component]
pub(crate) fn TableView(
    /// The result on screen.
    shown: RwSignal<Shown>,
    /// How it is looked at.
    ways: RwSignal<WaysToLook>,
    /// Which attributed target is looked at.
    column: RwSignal<usize>,
) -> impl IntoView {
    let whole = Memo::new(move |_| shown.with(|shown| shown.heatmap.clone()));
    let rows = Memo::new(move |_| ways.with(|ways| positions_from(&ways.rows_shown)));
    let columns = Memo::new(move |_| ways.with(|ways| positions_from(&ways.columns_shown)));
    let heatmap = Memo::new(move |_| {
        let asked = (
            rows.get().unwrap_or_default(),
            columns.get().unwrap_or_default(),
        );
        whole.with(|whole| part_of(whole, asked))
    });
    let failure = Signal::derive(move || rows.get().and(columns.get()).err());
    let position = move || whole.with(|whole| Some(whole.columns.get(column.get())?.position));
    let own_column = Signal::derive(move || {
        let position = position()?;
        heatmap.with(|heatmap| {
            heatmap
                .columns
                .iter()
                .position(|it| it.position == position)
        })
    });
    let choose = move |place: Place| {
        let position =
            heatmap.with_untracked(|heatmap| Some(heatmap.columns.get(place.column)?.position));
        let index = whole.with_untracked(|whole| {
            whole
                .columns
                .iter()
                .position(|it| Some(it.position) == position)
        });
        if let Some(index) = index {
            column.set(index);
        }
    };
    view! {
        <HeatmapView
            title=Signal::stored(t("Every token with every other").to_owned())
            heatmap
            column=own_column
            row=Signal::stored(None)
            on_choose=choose
        />
        <RangeFields ways failure />
    }
}

/// What was asked for; all of it where nothing was.
fn part_of(whole: &LaidOut, asked: (Option<Positions>, Option<Positions>)) -> LaidOut {
    let all = || 0..=usize::MAX;
    match asked {
        (None, None) => whole.clone(),
        (rows, columns) => whole
            .cropped(&rows.unwrap_or_else(all), &columns.unwrap_or_else(all))
            .into(),
    }
}

#[cfg(test)]
mod tests {
    use super::part_of;
    use crate::shown::Shown;

    #[test]
    fn nothing_is_copied_where_nothing_was_asked_for() {
        let whole = Shown::stored_example().heatmap;
        assert_eq!(part_of(&whole, (None, None)), whole);
        let part = part_of(&whole, (Some(0..=1), None));
        assert_eq!(part.n_rows(), 2 * whole.parts.len());
        assert_eq!(part.columns, whole.columns);
    }
}
