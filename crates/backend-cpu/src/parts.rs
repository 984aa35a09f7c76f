//! A product by one matrix in parts, one for each thread.

use std::ops::Range;

use rayon::prelude::*;

/// Multiplications below which a second thread costs more than it saves.
const FEW_MULTIPLICATIONS: usize = 1 << 19;

/// How large a product by a matrix is, and how it may be cut.
#[derive(Clone, Copy)]
pub(crate) struct Cut {
    /// Values of a row of the left operand.
    pub(crate) inner: usize,
    /// Columns of the product.
    pub(crate) width: usize,
    /// Columns of a part are a multiple of this, but for the last.
    pub(crate) piece_width: usize,
    /// Rows from which on a thread takes some rows of a product, and all of the matrix.
    /// Of fewer rows it takes some columns: the matrix is then read once, not by each
    /// thread.
    pub(crate) many_rows: usize,
    /// Rows of a part are at most so many, where there is more than one thread: one that is
    /// done early takes one more.
    pub(crate) most_rows: usize,
}

/// What one thread does: some columns of some rows.
pub(crate) struct Part<'a> {
    /// Numbers of rows of the left operand, ascending.
    pub(crate) rows: &'a [usize],
    /// Which columns of the product.
    pub(crate) columns: Range<usize>,
    /// These columns of the product's rows, zero so far.
    pub(crate) out: Vec<&'a mut [f32]>,
}

/// The product of a row-major `left` by a matrix, of which `multiply` makes each part.
///
/// Rows of `left` that are zero throughout are left out, and theirs are zero too, even
/// where the matrix holds what is not finite. Of a cotangent, many are: those of positions
/// after a target, and in the last layer all but one for each target.
pub(crate) fn in_parts<E: Send>(
    left: &[f32],
    cut: Cut,
    multiply: impl Fn(Part<'_>) -> Result<(), E> + Sync,
) -> Result<Vec<f32>, E> {
    let mut made = vec![0.0; left.len() / cut.inner.max(1) * cut.width];
    let (rows, out): (Vec<usize>, Vec<&mut [f32]>) = left
        .chunks_exact(cut.inner.max(1))
        .zip(made.chunks_exact_mut(cut.width.max(1)))
        .enumerate()
        // A row that is not zero is mostly told by its first value.
        .filter(|(_, (row, _))| row.iter().any(|value| *value != 0.0))
        .map(|(number, (_, out))| (number, out))
        .unzip();
    let n_threads = n_threads_for([rows.len(), cut.inner, cut.width]);
    let parts = parts(cut, &rows, out, n_threads);
    if n_threads == 1 {
        parts.into_iter().try_for_each(multiply)?;
    } else {
        parts.into_par_iter().try_for_each(&multiply)?;
    }
    Ok(made)
}

/// Among how many threads so many multiplications are worth being shared. They come as
/// factors, because in wasm an unembedding can have more than a number holds.
pub(crate) fn n_threads_for<const N: usize>(n_multiplications: [usize; N]) -> usize {
    let factors = n_multiplications.into_iter();
    if factors.fold(1, usize::saturating_mul) < FEW_MULTIPLICATIONS {
        1
    } else {
        rayon::current_num_threads()
    }
}

/// A few parts for each thread, or one part for each thread, or fewer.
fn parts<'a>(
    cut: Cut,
    rows: &'a [usize],
    mut out: Vec<&'a mut [f32]>,
    n_threads: usize,
) -> Vec<Part<'a>> {
    if n_threads == 1 || rows.len() >= n_threads * cut.many_rows {
        let mut n_at_once = rows.len().div_ceil(n_threads).max(1);
        if n_threads > 1 {
            n_at_once = n_at_once.div_ceil(n_at_once.div_ceil(cut.most_rows));
        }
        let of_rows = |rows: &'a [usize]| Part {
            rows,
            columns: 0..cut.width,
            out: out.drain(..rows.len()).collect(),
        };
        return rows.chunks(n_at_once).map(of_rows).collect();
    }
    let n_pieces = cut.width.div_ceil(cut.piece_width);
    let n_at_once = n_pieces.div_ceil(n_threads).max(1) * cut.piece_width;
    let of_columns = |start: usize| {
        let columns = start..cut.width.min(start + n_at_once);
        let split = |row: &'a mut [f32]| row.split_at_mut(columns.len());
        let (own, rest) = std::mem::take(&mut out).into_iter().map(split).unzip();
        out = rest;
        Part {
            rows,
            columns,
            out: own,
        }
    };
    (0..cut.width).step_by(n_at_once).map(of_columns).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn however_many_threads_share_it_each_value_is_made_once() {
        for (piece_width, width) in [(8, 61), (8, 8), (56, 100), (56, 24), (32, 1)] {
            let cut = Cut {
                inner: 1,
                width,
                piece_width,
                many_rows: 48,
                most_rows: 192,
            };
            for (m, n_threads) in [(1, 1), (1, 3), (7, 4), (130, 2), (1000, 2), (12, 64)] {
                let mut made = vec![0.0; m * width];
                let rows: Vec<usize> = (0..m).collect();
                let out = made.chunks_exact_mut(width).collect();
                let shared = parts(cut, &rows, out, n_threads);
                assert!(!shared.is_empty());
                if n_threads > 1 && m.max(width) >= n_threads * piece_width {
                    assert!(shared.len() > 1, "{m} rows, {width} columns");
                }
                for part in shared {
                    assert!(n_threads == 1 || part.rows.len() <= cut.most_rows);
                    assert!(part.columns.start.is_multiple_of(piece_width));
                    assert_eq!(part.rows.len(), part.out.len());
                    for row in part.out {
                        assert_eq!(row.len(), part.columns.len());
                        assert!(!row.is_empty());
                        row.iter_mut().for_each(|value| *value += 1.0);
                    }
                }
                assert_eq!(made, vec![1.0; m * width], "{m} rows, {n_threads} threads");
            }
        }
    }

    #[test]
    fn rows_of_zeros_are_left_out_and_what_is_no_number_is_not_zero() {
        let cut = Cut {
            inner: 2,
            width: 1,
            piece_width: 1,
            many_rows: 1,
            most_rows: 1,
        };
        let left = [0.0, 0.0, 1.0, 0.0, -0.0, 0.0, 0.0, f32::NAN];
        let counted = |part: Part<'_>| {
            for (row, out) in part.rows.iter().zip(part.out) {
                out[0] = *row as f32;
            }
            Ok::<(), ()>(())
        };
        assert_eq!(in_parts(&left, cut, counted), Ok(vec![0.0, 1.0, 0.0, 3.0]));
        assert_eq!(in_parts(&[0.0; 4], cut, |_| Err("asked")), Ok(vec![0.0; 2]));
        assert_eq!(in_parts(&left, cut, |_| Err("failed")), Err("failed"));
        assert_eq!(in_parts(&[], Cut { inner: 0, ..cut }, counted), Ok(vec![]));
    }
}
