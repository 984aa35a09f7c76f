use heatmap::{Heatmap, Part};
use leptos::prelude::*;

use crate::{
    place::{legible, title_of_part},
    words::{t, tf},
};

/// A table of more cells would hold up the browser where several stand on a page.
const MOST_CELLS: usize = 10_000;

/// A heatmap as a plain table with its numbers, to be read and not to be moved in.
pub(super) fn number_table(
    heatmap: &Heatmap,
    caption: String,
    test_id: &'static str,
    write: fn(&str) -> String,
) -> AnyView {
    let n_columns = heatmap.columns.len();
    let n_rows: usize = heatmap.parts.iter().map(|part| part.rows.len()).sum();
    if n_rows * n_columns > MOST_CELLS {
        let words = tf(
            "{caption}: {rows} rows and {columns} columns are too many to be drawn beside each \
             other. Open the result to see them.",
            &[
                ("caption", &caption),
                ("rows", &n_rows),
                ("columns", &n_columns),
            ],
        );
        return view! { <p class="help" data-testid=test_id>{words}</p> }.into_any();
    }
    if n_rows == 0 {
        let words = tf(
            "{caption}: no token was attributed to.",
            &[("caption", &caption)],
        );
        return view! { <p class="help" data-testid=test_id>{words}</p> }.into_any();
    }
    let columns = heatmap.columns.iter().map(|label| {
        let position = label.position;
        view! {
            <th scope="col">
                <span class="position" aria-hidden="true">{position}</span>
                {legible(label)}
            </th>
        }
    });
    let columns = columns.collect_view();
    let parts = heatmap
        .parts
        .iter()
        .map(|part| body(part, n_columns, write));
    let parts = parts.collect_view();
    let name = caption.clone();
    view! {
        <div class="scroll" tabindex="0" role="group" aria-label=name>
            <table class="heatmap numbers" data-testid=test_id>
                <caption class="visually-hidden">{caption}</caption>
                <thead>
                    <tr><th scope="col" class="corner">{t("↓ gave to →")}</th>{columns}</tr>
                </thead>
                {parts}
            </table>
        </div>
    }
    .into_any()
}

fn body(part: &Part, n_columns: usize, write: fn(&str) -> String) -> impl IntoView + use<> {
    let rows = part.rows.iter().map(|row| {
        let position = row.label.position;
        let cells = row.cells.iter().map(|cell| {
            let level = cell.value.map(|_| cell.level);
            view! { <td data-level=level>{write(&cell.text())}</td> }
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
    view! {
        <tbody>
            <tr class="group"><th scope="rowgroup" colspan=n_columns + 1>{title_of_part(part.side)}</th></tr>
            {rows.collect_view()}
        </tbody>
    }
}
