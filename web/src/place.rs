//! Where a cell of a heatmap is, where keys lead from it, and what it says.

use heatmap::{Heatmap, Label, Side};

use crate::words::{t, tf};

/// Where a cell is: rows are counted through all parts, and then the scores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Its row.
    pub(crate) row: usize,
    /// Its column.
    pub(crate) column: usize,
}

impl Place {
    /// Where a key leads in a table of `size` rows and columns.
    pub(crate) fn after(
        self,
        key: &str,
        is_far: bool,
        (n_rows, n_columns): (usize, usize),
    ) -> Option<Self> {
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

    /// What the cell there says, such as "France → Paris: 0.413".
    pub(crate) fn in_words(self, heatmap: &Heatmap) -> Option<String> {
        let target = legible(heatmap.columns.get(self.column)?);
        let mut rows = heatmap
            .parts
            .iter()
            .flat_map(|part| part.rows.iter().map(|row| (part.side, row)));
        if let Some((side, row)) = rows.nth(self.row) {
            let cell = row.cells.get(self.column)?;
            let given = match side {
                Side::Layers => tf("layer {n}", &[("n", &row.label.position)]),
                Side::Source | Side::Target => legible(&row.label),
            };
            return Some(match (cell.value, side) {
                (Some(_), Side::Layers) => tf(
                    "{target} in {layer}: {value}",
                    &[
                        ("target", &target),
                        ("layer", &given),
                        ("value", &cell.text()),
                    ],
                ),
                (Some(_), _) => format!("{given} → {target}: {}", cell.text()),
                (None, Side::Layers) => tf(
                    "{target} gave nothing in {layer}",
                    &[("target", &target), ("layer", &given)],
                ),
                (None, _) => tf(
                    "{token} is not before {target}, so it gave nothing",
                    &[("token", &given), ("target", &target)],
                ),
            });
        }
        let score = heatmap
            .scores
            .get(self.row.checked_sub(heatmap.n_rows())?)?;
        let text = score
            .texts
            .get(self.column)
            .filter(|text| !text.is_empty())?;
        Some(tf(
            "{score} of {target}: {value}",
            &[
                ("score", &score.name.replace('_', " ")),
                ("target", &target),
                ("value", text),
            ],
        ))
    }
}

/// What the rows of a part of a table are.
pub(crate) fn title_of_part(side: Side) -> &'static str {
    match side {
        Side::Source => t("Source"),
        Side::Target => t("Text so far"),
        Side::Layers => t("Layers"),
    }
}

/// A token as a label: its space is dropped, a token of nothing but space is shown.
pub(crate) fn legible(label: &Label) -> String {
    match label.text.trim() {
        "" => "␣".to_owned(),
        text => text.to_owned(),
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
