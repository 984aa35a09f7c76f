//! Rows that are known to be zero are not multiplied.
//!
//! Of a cotangent, many are: those of positions after a target, and in the last layer
//! all but one for each target. A product leaves them out and puts zeros in their
//! places, even where a matrix holds what is not finite.

/// Rows are left out if at least one of so many is zero: less would not pay for the
/// copy of the others.
const ONE_OF: usize = 8;

/// The numbers of the rows that are not zero throughout, if it pays to multiply only
/// those.
pub(crate) fn rows_to_multiply(values: &[f32], width: usize) -> Option<Vec<usize>> {
    let n_rows = values.len() / width.max(1);
    // A row that is not zero is mostly told by its first value.
    let kept: Vec<usize> = values
        .chunks_exact(width.max(1))
        .enumerate()
        .filter(|(_, row)| row.iter().any(|value| *value != 0.0))
        .map(|(number, _)| number)
        .collect();
    let n_zero = n_rows - kept.len();
    (n_zero > 0 && n_zero * ONE_OF >= n_rows).then_some(kept)
}

/// Those rows, one after the other.
pub(crate) fn gathered(values: &[f32], width: usize, kept: &[usize]) -> Vec<f32> {
    let mut rows = Vec::with_capacity(kept.len() * width);
    for number in kept {
        rows.extend_from_slice(&values[number * width..][..width]);
    }
    rows
}

/// Those rows in their places among `n_rows`, the others zero.
pub(crate) fn scattered(rows: &[f32], width: usize, kept: &[usize], n_rows: usize) -> Vec<f32> {
    let mut values = vec![0.0; n_rows * width];
    for (row, number) in rows.chunks_exact(width.max(1)).zip(kept) {
        values[number * width..][..width].copy_from_slice(row);
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_without_values_are_left_out_and_come_back() {
        let values = [0.0, 0.0, 1.0, 0.0, -0.0, 0.0, 0.0, f32::NAN];
        let kept = rows_to_multiply(&values, 2).unwrap();
        assert_eq!(kept, [1, 3]);
        let rows = gathered(&values, 2, &kept);
        assert_eq!(rows[..3], [1.0, 0.0, 0.0]);
        assert!(rows[3].is_nan(), "what is no number is not zero");
        let back = scattered(&rows[..2], 2, &kept[..1], 3);
        assert_eq!(back, [0.0, 0.0, 1.0, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn few_zero_rows_are_multiplied_with_the_others() {
        let mut values = vec![1.0; 9 * 2];
        assert_eq!(rows_to_multiply(&values, 2), None);
        values[4..6].fill(0.0);
        assert_eq!(rows_to_multiply(&values, 2), None);
        values[8..10].fill(0.0);
        assert_eq!(rows_to_multiply(&values, 2).map(|kept| kept.len()), Some(7));
    }

    #[test]
    fn rows_of_no_width_or_of_zeros_only_are_no_trouble() {
        assert_eq!(rows_to_multiply(&[], 0), None);
        assert_eq!(rows_to_multiply(&[0.0; 6], 3), Some(Vec::new()));
        assert_eq!(scattered(&[], 2, &[], 2), [0.0; 4]);
        assert!(scattered(&[], 0, &[], 2).is_empty());
    }
}
