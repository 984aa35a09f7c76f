use std::ops::RangeInclusive;

use crate::{Heatmap, Part, Row, ScoreRow};

/// Positions of tokens, as labels count them; both ends are kept.
pub type Positions = RangeInclusive<usize>;

impl Heatmap {
    /// The rows and columns whose positions lie in these ranges, with the colors and
    /// decimals of the whole. Each part's rows are counted by themselves.
    pub fn cropped(&self, rows: &Positions, columns: &Positions) -> Self {
        let kept: Vec<bool> = self
            .columns
            .iter()
            .map(|label| columns.contains(&label.position))
            .collect();
        let parts = self.parts.iter().map(|part| Part {
            side: part.side,
            rows: part
                .rows
                .iter()
                .filter(|row| rows.contains(&row.label.position))
                .map(|row| Row {
                    label: row.label.clone(),
                    role: row.role,
                    cells: of_kept(&row.cells, &kept),
                })
                .collect(),
        });
        let scores = self.scores.iter().map(|score| ScoreRow {
            name: score.name.clone(),
            texts: of_kept(&score.texts, &kept),
            values: of_kept(&score.values, &kept),
        });
        Self {
            title: self.title.clone(),
            legend: self.legend,
            columns: of_kept(&self.columns, &kept),
            parts: parts.collect(),
            scores: scores.collect(),
            range: self.range,
            is_signed: self.is_signed,
            decimals: self.decimals,
            settings: self.settings.clone(),
        }
    }

    /// Rows of tokens or layers, in all parts.
    pub fn n_rows(&self) -> usize {
        self.parts.iter().map(|part| part.rows.len()).sum()
    }
}

fn of_kept<T: Clone>(values: &[T], kept: &[bool]) -> Vec<T> {
    let values = values.iter().zip(kept);
    let values = values.filter(|(_, is_kept)| **is_kept);
    values.map(|(value, _)| value.clone()).collect()
}

#[cfg(test)]
mod tests {
    use crate::layout::tests::small_heatmap;

    #[test]
    fn what_is_kept_looks_as_it_did() {
        let whole = small_heatmap([0.25, -0.5]);
        let cropped = whole.cropped(&(0..=9), &(1..=1));
        assert_eq!(cropped.columns, whole.columns[..1]);
        assert_eq!(
            cropped.parts[0].rows[0].cells,
            whole.parts[0].rows[0].cells[..1]
        );
        assert_eq!(cropped.scores[0].texts, ["5.500"]);
        assert_eq!((cropped.range, cropped.is_signed), (0.5, true));
        assert_eq!(whole.cropped(&(1..=9), &(0..=9)).n_rows(), 0);
        assert_eq!(whole.n_rows(), 1);
    }
}
