use candle_core::{Result, Tensor};
use rayon::prelude::*;
use tensor::{Shape, Transposed};

use crate::buffer::CpuBuffer;
use crate::loops::with_values;
use crate::zero_rows::{gathered, rows_to_multiply, scattered};

/// Rows below which a product reads a weight as it lies: reading is what it costs then,
/// and a text that is only written should not pay for a second copy of the weights.
const FEW_ROWS: usize = 4;

/// Matrix product over the last two axes, leading axes broadcast.
pub(crate) fn matmul(
    transposed: Transposed,
    left: &CpuBuffer,
    right: &CpuBuffer,
    output: &Shape,
) -> Result<Tensor> {
    let product = if n_matrices(&right.plain()?) == 1 && transposed != Transposed::Left {
        rows_by_matrix(transposed, &left.plain()?, right)
    } else {
        let (left, right) = (left.plain()?, right.plain()?);
        stack_by_stack(transposed, &left, &right, output.leading(2))
    };
    product?.reshape(output.lengths())
}

/// One matrix for all leading axes: they are just more rows.
fn rows_by_matrix(transposed: Transposed, left: &Tensor, right: &CpuBuffer) -> Result<Tensor> {
    let inner = left.dims()[left.rank() - 1];
    let n_rows = left.elem_count() / inner.max(1);
    if let Some(kept) = with_values(left, |values| Ok(rows_to_multiply(values, inner)))? {
        let n_kept = kept.len();
        if n_kept == 0 {
            let n_columns = columns_of(transposed, &right.plain()?);
            return Tensor::zeros((n_rows, n_columns), left.dtype(), left.device());
        }
        let rows = with_values(left, |values| {
            let rows = gathered(values, inner, &kept);
            Tensor::from_vec(rows, (n_kept, inner), left.device())
        })?;
        let product = rows_times_matrix(transposed, &rows, right)?;
        let width = product.dim(1)?;
        return with_values(&product, |values| {
            let all = scattered(values, width, &kept, n_rows);
            Tensor::from_vec(all, (n_rows, width), left.device())
        });
    }
    rows_times_matrix(transposed, &left.reshape((n_rows, inner))?, right)
}

fn rows_times_matrix(transposed: Transposed, rows: &Tensor, right: &CpuBuffer) -> Result<Tensor> {
    let matrix = stack(&right.plain()?)?.squeeze(0)?;
    if transposed != Transposed::Right {
        return rows.matmul(&matrix);
    }
    if rows.dim(0)? >= FEW_ROWS
        && let Some(kept) = right.kept_transpose()?
    {
        return rows.matmul(kept);
    }
    rows.matmul(&matrix.t()?)
}

/// How many columns a product by this matrix has.
fn columns_of(transposed: Transposed, matrix: &Tensor) -> usize {
    let from_the_back = if transposed == Transposed::Right {
        2
    } else {
        1
    };
    matrix.dims()[matrix.rank() - from_the_back]
}

fn stack_by_stack(
    transposed: Transposed,
    left: &Tensor,
    right: &Tensor,
    leading: &[usize],
) -> Result<Tensor> {
    let product = |left: &Tensor, right: &Tensor| match transposed {
        Transposed::Neither => left.matmul(right),
        Transposed::Left => left.t()?.matmul(right),
        Transposed::Right => left.matmul(&right.t()?),
    };
    let n: usize = leading.iter().product();
    let n_at_once = n_matrices(left).min(n_matrices(right));
    if n_at_once < n && repeats_in(left, leading) && repeats_in(right, leading) {
        // The smaller stack stands beside one piece of the larger after the other.
        let (left, right) = (stack(left)?, stack(right)?);
        let piece = |of: &Tensor, start: usize| {
            let is_whole = of.dims()[0] == n_at_once;
            of.narrow(0, if is_whole { 0 } else { start }, n_at_once)
        };
        let starts: Vec<usize> = (0..n).step_by(n_at_once.max(1)).collect();
        let products: Result<Vec<Tensor>> = starts
            .into_par_iter()
            .map(|start| product(&piece(&left, start)?, &piece(&right, start)?))
            .collect();
        return Tensor::cat(&products?, 0);
    }
    let repeated = |matrices: &Tensor| {
        let last = &matrices.dims()[matrices.rank() - 2..];
        let full: Vec<usize> = leading.iter().chain(last).copied().collect();
        stack(&matrices.broadcast_as(full)?.contiguous()?)
    };
    product(&repeated(left)?, &repeated(right)?)
}

/// Whether a stack is `leading`, or the end of it, again and again.
fn repeats_in(matrices: &Tensor, leading: &[usize]) -> bool {
    let own = &matrices.dims()[..matrices.rank() - 2];
    let n_ones = own.iter().take_while(|length| **length == 1).count();
    leading.ends_with(&own[n_ones..])
}

fn n_matrices(matrices: &Tensor) -> usize {
    matrices.dims().iter().rev().skip(2).product()
}

/// Matrices one after the other, `[n, rows, columns]`: candle multiplies stacks of this
/// form without a copy.
fn stack(matrices: &Tensor) -> Result<Tensor> {
    let dims = matrices.dims();
    let last = &dims[dims.len() - 2..];
    matrices.reshape((n_matrices(matrices), last[0], last[1]))
}
