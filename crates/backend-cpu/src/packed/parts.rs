//! A product in parts, one for each thread.

use std::ops::Range;

use rayon::prelude::*;
use tensor::Transposed;

use super::rows_by_columns::{Left, rows_by_columns};
use super::rows_by_rows::rows_by_rows;
use super::{BLOCK_ROWS, PackedMatrix, SLAB_HEIGHT};
use crate::lanes::N_LANES;

/// Multiplications below which a second thread costs more than it saves.
const FEW_MULTIPLICATIONS: usize = 1 << 19;

/// Rows from which on a thread takes some rows of a product, and all of the matrix. Of
/// fewer rows it takes some columns: the matrix is then read once, not by each thread.
const MANY_ROWS: usize = 48;

/// Rows of a part are at most so many: a multiple of what is done at once.
const ROWS_OF_A_PART: usize = 192;

/// A row-major `left` by a matrix, or by its transpose. Rows of `left` that are zero
/// throughout are left out: theirs are zero too.
pub(crate) fn rows_by_matrix(
    transposed: Transposed,
    left: &[f32],
    matrix: &PackedMatrix,
) -> Vec<f32> {
    let way = if transposed == Transposed::Right {
        Way::ByRows
    } else {
        Way::ByColumns
    };
    let (inner, width) = match way {
        Way::ByRows => (matrix.n_columns, matrix.n_rows),
        Way::ByColumns => (matrix.n_rows, matrix.n_columns),
    };
    let mut made = vec![0.0; left.len() / inner.max(1) * width];
    let (rows, out): (Vec<usize>, Vec<&mut [f32]>) = left
        .chunks_exact(inner.max(1))
        .zip(made.chunks_exact_mut(width.max(1)))
        .enumerate()
        .filter(|(_, (row, _))| row.iter().any(|value| *value != 0.0))
        .map(|(number, (_, out))| (number, out))
        .unzip();
    let n_threads = n_threads_for(rows.len() * inner * width);
    let multiply = |mut part: Part<'_>| way.multiply(left, matrix, &mut part);
    let parts = parts(way, matrix, &rows, out, n_threads);
    if n_threads == 1 {
        parts.into_iter().for_each(multiply);
    } else {
        parts.into_par_iter().for_each(multiply);
    }
    made
}

/// Among how many threads so much is worth being shared.
pub(super) fn n_threads_for(n_multiplications: usize) -> usize {
    if n_multiplications < FEW_MULTIPLICATIONS {
        1
    } else {
        rayon::current_num_threads()
    }
}

/// How a product goes through a packed matrix.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    ByColumns,
    ByRows,
}

/// What one thread does: some pieces of the matrix by some rows.
struct Part<'a> {
    pieces: Range<usize>,
    rows: &'a [usize],
    out: Vec<&'a mut [f32]>,
}

impl Way {
    /// Columns of the product that the smallest piece of a matrix makes.
    fn piece_width(self) -> usize {
        match self {
            Self::ByColumns => 2 * N_LANES,
            Self::ByRows => SLAB_HEIGHT * BLOCK_ROWS,
        }
    }

    fn multiply(self, left: &[f32], matrix: &PackedMatrix, part: &mut Part<'_>) {
        let (pieces, rows) = (part.pieces.clone(), part.rows);
        let (out, scratch) = (part.out.as_mut_slice(), &mut Vec::new());
        match self {
            Self::ByColumns => {
                let left = Left {
                    values: left,
                    row_stride: matrix.n_rows,
                    inner_stride: 1,
                };
                let panels = 2 * pieces.start..2 * pieces.end;
                rows_by_columns(left, rows, matrix, panels, out, scratch);
            }
            Self::ByRows => rows_by_rows(left, rows, matrix, pieces, out, scratch),
        }
    }
}

/// A few parts for each thread, or one part for each thread, or fewer.
fn parts<'a>(
    way: Way,
    matrix: &PackedMatrix,
    rows: &'a [usize],
    mut out: Vec<&'a mut [f32]>,
    n_threads: usize,
) -> Vec<Part<'a>> {
    let n_pieces = match way {
        Way::ByColumns => matrix.n_panels() / 2,
        Way::ByRows => matrix.n_slabs(),
    };
    if n_threads == 1 || rows.len() >= n_threads * MANY_ROWS {
        let mut n_at_once = rows.len().div_ceil(n_threads).max(1);
        if n_threads > 1 {
            // A thread that is done early takes one more.
            n_at_once = n_at_once.div_ceil(n_at_once.div_ceil(ROWS_OF_A_PART));
        }
        let of_rows = |rows: &'a [usize]| Part {
            pieces: 0..n_pieces,
            rows,
            out: out.drain(..rows.len()).collect(),
        };
        return rows.chunks(n_at_once).map(of_rows).collect();
    }
    let n_at_once = n_pieces.div_ceil(n_threads).max(1);
    let of_pieces = |start: usize| {
        let pieces = start..n_pieces.min(start + n_at_once);
        let n_columns = pieces.len() * way.piece_width();
        let split = |row: &'a mut [f32]| row.split_at_mut(n_columns.min(row.len()));
        let (own, rest) = std::mem::take(&mut out).into_iter().map(split).unzip();
        out = rest;
        Part {
            pieces,
            rows,
            out: own,
        }
    };
    (0..n_pieces).step_by(n_at_once).map(of_pieces).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn however_many_threads_share_it_each_value_is_made_once() {
        for (way, n_rows, n_columns) in [
            (Way::ByColumns, 5, 61),
            (Way::ByColumns, 9, 8),
            (Way::ByRows, 100, 7),
            (Way::ByRows, 24, 3),
        ] {
            let width = match way {
                Way::ByColumns => n_columns,
                Way::ByRows => n_rows,
            };
            let matrix = PackedMatrix::new(&vec![1.0; n_rows * n_columns], n_rows, n_columns);
            for (m, n_threads) in [(1, 1), (1, 3), (7, 4), (130, 2), (1000, 2), (12, 64)] {
                let mut made = vec![0.0; m * width];
                let rows: Vec<usize> = (0..m).collect();
                let out = made.chunks_exact_mut(width).collect();
                let shared = parts(way, &matrix, &rows, out, n_threads);
                assert!(!shared.is_empty());
                for part in shared {
                    assert!(!part.pieces.is_empty());
                    assert_eq!(part.rows.len(), part.out.len());
                    for row in part.out {
                        row.iter_mut().for_each(|value| *value += 1.0);
                    }
                }
                assert_eq!(made, vec![1.0; m * width], "{m} rows, {n_threads} threads");
            }
        }
    }
}
