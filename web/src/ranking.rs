//! What one token hangs on, strongest first.

use heatmap::{Heatmap, Side};

use crate::place::legible;

/// One token that was looked at.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ranked {
    /// Whose token it is.
    pub(crate) side: Side,
    /// Its position in its text.
    pub(crate) position: usize,
    /// Itself.
    pub(crate) token: String,
    /// What it gave, as text.
    pub(crate) value: String,
    /// The same as a share of the strongest one's magnitude, −1 to 1.
    pub(crate) share: f32,
}

/// The tokens that had a say in a column, those of largest magnitude first; of equals
/// the earlier one first.
pub(crate) fn ranked(heatmap: &Heatmap, column: usize) -> Vec<Ranked> {
    let rows = heatmap
        .parts
        .iter()
        .flat_map(|part| part.rows.iter().map(|row| (part.side, row)));
    let cells = rows.filter_map(|(side, row)| {
        let cell = row.cells.get(column)?;
        Some((side, row, cell, cell.value?))
    });
    let mut cells: Vec<_> = cells.collect();
    // Stable, so equals keep their order.
    cells.sort_by(|left, right| right.3.abs().total_cmp(&left.3.abs()));
    let largest = cells.first().map_or(0.0, |first| first.3.abs());
    let shares = cells.into_iter().map(|(side, row, cell, value)| Ranked {
        side,
        position: row.label.position,
        token: legible(&row.label),
        value: cell.text(),
        share: share(value, largest),
    });
    shares.collect()
}

/// Nothing of nothing is nothing, and of two infinities each is whole.
fn share(value: f32, largest: f32) -> f32 {
    match value / largest {
        share if share.is_finite() => share,
        _ if value.is_infinite() => value.signum(),
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::{ranked, share};
    use crate::shown::Shown;

    #[test]
    fn the_strongest_comes_first_and_is_whole() {
        let heatmap = Shown::stored_example().heatmap;
        let ranked = ranked(&heatmap, 1);
        assert!((ranked[0].share.abs() - 1.0).abs() <= f32::EPSILON);
        let shares: Vec<f32> = ranked.iter().map(|it| it.share.abs()).collect();
        assert!(
            shares.windows(2).all(|pair| pair[0] >= pair[1]),
            "{shares:?}"
        );
        // Nobody is left out who had a say.
        let cells = heatmap.parts.iter().flat_map(|part| &part.rows);
        let n_cells = cells.filter(|row| row.cells[1].value.is_some()).count();
        assert_eq!(ranked.len(), n_cells);
    }

    #[test]
    fn shares_are_numbers_whatever_is_divided() {
        assert_eq!(share(0.0, 0.0), 0.0);
        assert_eq!(share(f32::NEG_INFINITY, f32::INFINITY), -1.0);
        assert_eq!(share(1.0, f32::INFINITY), 0.0);
        assert_eq!(share(-1.0, 2.0), -0.5);
    }
}
