//! Products by one packed matrix.

use std::convert::Infallible;

use tensor::Transposed;

use super::rows_by_columns::rows_by_columns;
use super::rows_by_rows::rows_by_rows;
use super::tiles::{Left, N_ROWS_AT_ONCE};
use super::{BLOCK_ROWS, PackedMatrix, SLAB_HEIGHT};
use crate::lanes::N_LANES;
use crate::parts::{Cut, Part, in_parts};

/// Rows that are worth a thread of their own; see [`Cut`].
const MANY_ROWS: usize = 48;

/// A row-major `left` by a matrix, or by its transpose.
pub(crate) fn rows_by_matrix(
    transposed: Transposed,
    left: &[f32],
    matrix: &PackedMatrix,
) -> Vec<f32> {
    let is_by_rows = transposed == Transposed::Right;
    let (inner, width, piece_width) = if is_by_rows {
        (matrix.n_columns, matrix.n_rows, SLAB_HEIGHT * BLOCK_ROWS)
    } else {
        (matrix.n_rows, matrix.n_columns, 2 * N_LANES)
    };
    let cut = Cut {
        inner,
        width,
        piece_width,
        many_rows: MANY_ROWS,
        most_rows: N_ROWS_AT_ONCE,
    };
    let multiply = |mut part: Part<'_>| {
        let pieces = part.columns.start / piece_width..part.columns.end.div_ceil(piece_width);
        let (out, scratch) = (part.out.as_mut_slice(), &mut Vec::new());
        let left = Left {
            values: left,
            row_stride: inner,
            inner_stride: 1,
        };
        if is_by_rows {
            rows_by_rows(left, part.rows, matrix, pieces, out, scratch);
        } else {
            let panels = 2 * pieces.start..2 * pieces.end;
            rows_by_columns(left, part.rows, matrix, panels, out, scratch);
        }
        Ok::<(), Infallible>(())
    };
    let Ok(made) = in_parts(left, cut, multiply);
    made
}
