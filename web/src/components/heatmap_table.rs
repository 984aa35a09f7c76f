use heatmap::{Heatmap, Label, Part, ScoreRow, Side};
use leptos::{
    ev::{FocusEvent, KeyboardEvent, MouseEvent},
    html::Table,
    prelude::*,
};
use wasm_bindgen::JsCast;
use web_sys::{Element, EventTarget, HtmlElement};

use crate::shown::Shown;

/// The whole result as a table: a row for each token that was looked at, a column
/// for each that was explained. One cell at a time can be focused; arrow keys move.
#[component]
pub(crate) fn HeatmapTable(
    /// The result on screen.
    shown: RwSignal<Shown>,
    /// Which attributed target is looked at.
    column: RwSignal<usize>,
) -> impl IntoView {
    let table = NodeRef::<Table>::new();
    let hovered = RwSignal::new(None::<Place>);
    let focused = RwSignal::new(None::<Place>);
    let looked_at = move || hovered.get().or(focused.get());
    let move_focus = move |event: KeyboardEvent| {
        let place = place_of(event.target());
        let size = shown.with_untracked(|shown| size_of(&shown.heatmap));
        let next = place.and_then(|place| place.after(&event.key(), event.ctrl_key(), size));
        let cell = table
            .get_untracked()
            .and_then(|table| cell_at(&table, next?));
        if let Some(cell) = cell {
            event.prevent_default();
            // An element that refuses focus keeps its value; nothing is lost.
            let _ = cell.focus();
        }
    };
    let take_focus = move |event: FocusEvent| {
        let Some(place) = place_of(event.target()) else {
            return;
        };
        if let Some(table) = table.get_untracked() {
            move_tab_stop(&table, place);
        }
        focused.set(Some(place));
    };
    let choose = move |event: MouseEvent| {
        if let Some(place) = place_of(event.target()) {
            column.set(place.column);
        }
    };
    let readout = move || {
        let place = looked_at()?;
        shown.with(|shown| cell_in_words(&shown.heatmap, place))
    };
    view! {
        <h3 id="heatmap-title">"Every token with every other"</h3>
        <div class="scroll" role="region" aria-label="Heatmap" tabindex="-1">
            <table
                node_ref=table
                class="heatmap"
                role="grid"
                aria-labelledby="heatmap-title"
                data-testid="heatmap"
                on:keydown=move_focus
                on:focusin=take_focus
                on:focusout=move |_| focused.set(None)
                on:mouseover=move |event| hovered.set(place_of(event.target()))
                on:mouseleave=move |_| hovered.set(None)
                on:click=choose
            >
                {move || shown.with(|shown| table_drawn(&shown.heatmap, column))}
            </table>
        </div>
        <p class="readout" role="status" data-testid="readout">
            {move || match readout() {
                Some(words) => words.into_any(),
                None => view! {
                    <span class="hint">"Point at a cell, or move with the arrow keys, to read its value."</span>
                }
                .into_any(),
            }}
        </p>
    }
}

fn table_drawn(heatmap: &Heatmap, column: RwSignal<usize>) -> impl IntoView + use<> {
    let columns = heatmap.columns.iter().enumerate().map(|(index, label)| {
        let position = label.position;
        view! {
            <th scope="col" class:selected=move || column.get() == index>
                <span class="position" aria-hidden="true">{position}</span>
                {legible(label)}
            </th>
        }
    });
    let columns = columns.collect_view();
    let mut first_row = 0;
    let mut bodies = Vec::new();
    for part in &heatmap.parts {
        bodies.push(part_drawn(part, first_row, heatmap.columns.len()));
        first_row += part.rows.len();
    }
    view! {
        <thead>
            <tr>
                <th scope="col" class="corner">"↓ gave to →"</th>
                {columns}
            </tr>
        </thead>
        {bodies}
        {scores_drawn(&heatmap.scores, first_row, heatmap.columns.len())}
    }
}

fn part_drawn(part: &Part, first_row: usize, n_columns: usize) -> impl IntoView + use<> {
    let rows = part.rows.iter().enumerate().map(|(index, row)| {
        let position = row.label.position;
        let cells = row.cells.iter().enumerate().map(|(column, cell)| {
            let place = Place {
                row: first_row + index,
                column,
            };
            cell_drawn(place, cell.value.map(|_| cell.level), cell.text.clone())
        });
        view! {
            <tr>
                <th scope="row">
                    <span class="position" aria-hidden="true">{position}" "</span>
                    {legible(&row.label)}
                </th>
                {cells.collect_view()}
            </tr>
        }
    });
    let title = match part.side {
        Side::Source => "Source",
        Side::Target => "Text so far",
        Side::Layers => "Layers",
    };
    view! {
        <tbody>
            <tr class="group"><th scope="rowgroup" colspan=n_columns + 1>{title}</th></tr>
            {rows.collect_view()}
        </tbody>
    }
}

fn scores_drawn(
    scores: &[ScoreRow],
    first_row: usize,
    n_columns: usize,
) -> Option<impl IntoView + use<>> {
    let rows = scores.iter().enumerate().map(|(index, score)| {
        let cells = score.texts.iter().enumerate().map(|(column, text)| {
            cell_drawn(
                Place {
                    row: first_row + index,
                    column,
                },
                None,
                text.clone(),
            )
        });
        view! {
            <tr class="score">
                <th scope="row">{score.name.replace('_', " ")}</th>
                {cells.collect_view()}
            </tr>
        }
    });
    let rows = rows.collect_view();
    (!scores.is_empty()).then(|| view! {
        <tbody>
            <tr class="group"><th scope="rowgroup" colspan=n_columns + 1>"Scores of the output"</th></tr>
            {rows}
        </tbody>
    })
}

fn cell_drawn(place: Place, level: Option<i8>, text: String) -> impl IntoView {
    view! {
        <td
            data-row=place.row
            data-column=place.column
            data-level=level
            tabindex=if place == (Place { row: 0, column: 0 }) { "0" } else { "-1" }
        >
            {text}
        </td>
    }
}

/// A token as a label: its space is dropped, a token of nothing but space is shown.
fn legible(label: &Label) -> String {
    match label.text.trim() {
        "" => "␣".to_owned(),
        text => text.to_owned(),
    }
}

fn size_of(heatmap: &Heatmap) -> (usize, usize) {
    let n_rows = heatmap
        .parts
        .iter()
        .map(|part| part.rows.len())
        .sum::<usize>();
    (n_rows + heatmap.scores.len(), heatmap.columns.len())
}

/// What a cell says, such as "France → Paris: 0.413".
fn cell_in_words(heatmap: &Heatmap, place: Place) -> Option<String> {
    let target = legible(heatmap.columns.get(place.column)?);
    let mut rows = heatmap.parts.iter().flat_map(|part| &part.rows);
    let n_token_rows = rows.clone().count();
    if let Some(row) = rows.nth(place.row) {
        let given = legible(&row.label);
        let cell = row.cells.get(place.column)?;
        return Some(match cell.value {
            Some(_) => format!("{given} → {target}: {}", cell.text),
            None => format!("{given} is not before {target}, so it gave nothing"),
        });
    }
    let score = heatmap.scores.get(place.row.checked_sub(n_token_rows)?)?;
    let text = score
        .texts
        .get(place.column)
        .filter(|text| !text.is_empty())?;
    Some(format!(
        "{} of {target}: {text}",
        score.name.replace('_', " ")
    ))
}

/// Where a cell is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    row: usize,
    column: usize,
}

impl Place {
    /// Where a key leads in a table of `size` rows and columns.
    fn after(self, key: &str, is_far: bool, (n_rows, n_columns): (usize, usize)) -> Option<Self> {
        let (last_row, last_column) = (n_rows.checked_sub(1)?, n_columns.checked_sub(1)?);
        let Self { row, column } = self;
        let (row, column) = match key {
            "ArrowUp" => (row.saturating_sub(1), column),
            "ArrowDown" => (row + 1, column),
            "ArrowLeft" => (row, column.saturating_sub(1)),
            "ArrowRight" => (row, column + 1),
            "Home" if is_far => (0, 0),
            "End" if is_far => (last_row, last_column),
            "Home" => (row, 0),
            "End" => (row, last_column),
            "PageUp" => (0, column),
            "PageDown" => (last_row, column),
            _ => return None,
        };
        Some(Self {
            row: row.min(last_row),
            column: column.min(last_column),
        })
    }
}

fn place_of(target: Option<EventTarget>) -> Option<Place> {
    let cell = target?.dyn_into::<Element>().ok()?.closest("td").ok()??;
    let number = |name| cell.get_attribute(name)?.parse().ok();
    Some(Place {
        row: number("data-row")?,
        column: number("data-column")?,
    })
}

fn cell_at(table: &Element, place: Place) -> Option<HtmlElement> {
    let selector = format!("[data-row='{}'][data-column='{}']", place.row, place.column);
    table.query_selector(&selector).ok()??.dyn_into().ok()
}

/// Makes one cell the one that the tabulator reaches.
fn move_tab_stop(table: &Element, place: Place) {
    if let Ok(Some(old)) = table.query_selector("td[tabindex='0']") {
        // Plain attributes on elements of ours; this cannot fail.
        let _ = old.set_attribute("tabindex", "-1");
    }
    if let Some(cell) = cell_at(table, place) {
        cell.set_tab_index(0);
    }
}

#[cfg(test)]
mod tests {
    use super::Place;

    const SIZE: (usize, usize) = (3, 4);

    fn place(row: usize, column: usize) -> Place {
        Place { row, column }
    }

    #[test]
    fn arrows_stop_at_the_edges() {
        assert_eq!(place(0, 0).after("ArrowUp", false, SIZE), Some(place(0, 0)));
        assert_eq!(
            place(2, 3).after("ArrowDown", false, SIZE),
            Some(place(2, 3))
        );
        assert_eq!(
            place(1, 3).after("ArrowRight", false, SIZE),
            Some(place(1, 3))
        );
        assert_eq!(
            place(1, 1).after("ArrowLeft", false, SIZE),
            Some(place(1, 0))
        );
    }

    #[test]
    fn home_and_end_stay_in_the_row_unless_far() {
        assert_eq!(place(1, 2).after("Home", false, SIZE), Some(place(1, 0)));
        assert_eq!(place(1, 2).after("End", true, SIZE), Some(place(2, 3)));
    }

    #[test]
    fn other_keys_and_empty_tables_lead_nowhere() {
        assert_eq!(place(0, 0).after("a", false, SIZE), None);
        assert_eq!(place(0, 0).after("ArrowUp", false, (0, 0)), None);
    }
}
