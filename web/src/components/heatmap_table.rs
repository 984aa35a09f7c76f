use heatmap::{Heatmap, Part, ScoreRow, Side};
use leptos::{
    ev::{FocusEvent, KeyboardEvent, MouseEvent},
    html::Table,
    prelude::*,
};
use wasm_bindgen::JsCast;
use web_sys::{Element, EventTarget, HtmlElement};

use crate::{
    laid_out::LaidOut,
    place::{Place, legible, title_of_part},
    words::{t, tf},
};

/// A heatmap as a table: a row for each token that was looked at, or each layer, a column
/// for each that was explained. One cell at a time can be focused; arrow keys move.
#[component]
pub(crate) fn HeatmapTable(
    /// What is drawn.
    heatmap: Memo<LaidOut>,
    /// Which column is looked at.
    #[prop(into)]
    column: Signal<Option<usize>>,
    /// Which row is looked at.
    #[prop(into)]
    row: Signal<Option<usize>>,
    /// Takes the cell that was clicked, or on which Enter was pressed.
    #[prop(into)]
    on_choose: Callback<Place>,
    /// Takes the cell under the mouse or the focus.
    looked_at: RwSignal<Option<Place>>,
) -> impl IntoView {
    let table = NodeRef::<Table>::new();
    let hovered = RwSignal::new(None::<Place>);
    let focused = RwSignal::new(None::<Place>);
    Effect::new(move || looked_at.set(hovered.get().or(focused.get())));
    let move_focus = move |event: KeyboardEvent| {
        let Some(place) = place_of(event.target()) else {
            return;
        };
        if matches!(event.key().as_str(), "Enter" | " ") {
            event.prevent_default();
            return on_choose.run(place);
        }
        let size = heatmap.with_untracked(|heatmap| size_of(heatmap));
        let next = place.after(&event.key(), event.ctrl_key(), size);
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
            on_choose.run(place);
        }
    };
    view! {
        <div class="scroll" role="region" aria-label=t("Heatmap") tabindex="-1">
            <table
                node_ref=table
                class="heatmap"
                role="grid"
                aria-labelledby="heatmap-title"
                aria-describedby="strongest-links"
                data-testid="heatmap"
                on:keydown=move_focus
                on:focusin=take_focus
                on:focusout=move |_| focused.set(None)
                on:mouseover=move |event| hovered.set(place_of(event.target()))
                on:mouseleave=move |_| hovered.set(None)
                on:click=choose
            >
                {move || heatmap.with(|heatmap| table_drawn(heatmap, column, row))}
            </table>
        </div>
    }
}

fn table_drawn(
    heatmap: &Heatmap,
    column: Signal<Option<usize>>,
    row: Signal<Option<usize>>,
) -> impl IntoView + use<> {
    let columns = heatmap.columns.iter().enumerate().map(|(index, label)| {
        let position = label.position;
        view! {
            <th scope="col" class:selected=move || column.get() == Some(index)>
                <span class="position" aria-hidden="true">{position}</span>
                {legible(label)}
            </th>
        }
    });
    let columns = columns.collect_view();
    let mut first_row = 0;
    let mut bodies = Vec::new();
    for part in &heatmap.parts {
        bodies.push(part_drawn(part, first_row, heatmap.columns.len(), row));
        first_row += part.rows.len();
    }
    let corner = match heatmap.parts.first().map(|part| part.side) {
        Some(Side::Layers) => t("↓ layer, token →"),
        _ => t("↓ gave to →"),
    };
    view! {
        <thead>
            <tr>
                <th scope="col" class="corner">{corner}</th>
                {columns}
            </tr>
        </thead>
        {bodies}
        {scores_drawn(&heatmap.scores, first_row, heatmap.columns.len())}
    }
}

fn part_drawn(
    part: &Part,
    first_row: usize,
    n_columns: usize,
    chosen_row: Signal<Option<usize>>,
) -> impl IntoView + use<> {
    let rows = part.rows.iter().enumerate().map(|(index, row)| {
        let position = row.label.position;
        let own_row = first_row + index;
        let cells = row.cells.iter().enumerate().map(|(column, cell)| {
            let place = Place {
                row: own_row,
                column,
            };
            cell_drawn(place, cell.value.map(|_| cell.level), cell.text())
        });
        let label = match part.side {
            Side::Layers => view! { {tf("layer {n}", &[("n", &position)])} }.into_any(),
            Side::Source | Side::Target => view! {
                <span class="position" aria-hidden="true">{position}" "</span>
                {legible(&row.label)}
            }
            .into_any(),
        };
        view! {
            <tr>
                <th scope="row" class:selected=move || chosen_row.get() == Some(own_row)>{label}</th>
                {cells.collect_view()}
            </tr>
        }
    });
    view! {
        <tbody>
            <tr class="group"><th scope="rowgroup" colspan=n_columns + 1>{title_of_part(part.side)}</th></tr>
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
            <tr class="group"><th scope="rowgroup" colspan=n_columns + 1>{t("Scores of the output")}</th></tr>
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

fn size_of(heatmap: &Heatmap) -> (usize, usize) {
    (
        heatmap.n_rows() + heatmap.scores.len(),
        heatmap.columns.len(),
    )
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
