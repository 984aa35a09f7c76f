//! Products by candle, in parts, one for each thread.
//!
//! Candle would share a product itself, but in a way that two threads are often slower
//! than one, so it is told not to.

use candle_core::{Device, Result, Tensor};
use rayon::prelude::*;
use tensor::{Shape, Transposed};

use crate::buffer::CpuBuffer;
use crate::loops::with_values;
use crate::parts::{Cut, Part, in_parts, n_threads_for};

/// Rows below which a product reads a weight as it lies: reading is what it costs then,
/// and a text that is only written should not pay for a second copy of the weights.
const FEW_ROWS: usize = 4;

/// Rows that are worth a thread of their own; see [`Cut`].
const MANY_ROWS: usize = 64;

/// Columns of a part are a multiple of this.
const PIECE_WIDTH: usize = 32;

/// Leaves threads to this crate.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn share_no_product() {
    gemm::set_threading_threshold(usize::MAX);
}

/// Matrix product over the last two axes, leading axes broadcast. Rows of the left
/// operand that are zero throughout are not multiplied by a matrix that serves them all.
pub(crate) fn matmul(
    transposed: Transposed,
    left: &CpuBuffer,
    right: &CpuBuffer,
    output: &Shape,
) -> Result<Tensor> {
    let left = left.plain()?;
    if n_matrices(&right.plain()?) == 1 && transposed != Transposed::Left {
        rows_by_matrix(transposed, &left, right, output)
    } else {
        let product = stack_by_stack(transposed, &left, &right.plain()?, output.leading(2))?;
        product.reshape(output.lengths())
    }
}

/// One matrix for all leading axes: they are just more rows.
fn rows_by_matrix(
    transposed: Transposed,
    left: &Tensor,
    right: &CpuBuffer,
    output: &Shape,
) -> Result<Tensor> {
    let matrix = stack(&right.plain()?)?.squeeze(0)?;
    let matrix = if transposed != Transposed::Right {
        matrix
    } else if left.elem_count() >= FEW_ROWS * matrix.dim(1)?
        && let Some(kept) = right.kept_transpose()?
    {
        kept.clone()
    } else {
        matrix.t()?
    };
    let (inner, width) = matrix.dims2()?;
    let cut = Cut {
        inner,
        width,
        piece_width: PIECE_WIDTH,
        many_rows: MANY_ROWS,
        // A matrix is packed for each part.
        most_rows: usize::MAX,
    };
    let made = with_values(left, |left| {
        in_parts(left, cut, |part| multiply(left, &matrix, part))
    })?;
    Tensor::from_vec(made, output.lengths(), &Device::Cpu)
}

fn multiply(left: &[f32], matrix: &Tensor, part: Part<'_>) -> Result<()> {
    let inner = matrix.dim(0)?;
    let mut rows = Vec::with_capacity(part.rows.len() * inner);
    for row in part.rows {
        rows.extend_from_slice(&left[row * inner..][..inner]);
    }
    let rows = Tensor::from_vec(rows, (part.rows.len(), inner), &Device::Cpu)?;
    let columns = matrix.narrow(1, part.columns.start, part.columns.len())?;
    with_values(&rows.matmul(&columns)?, |made| {
        for (out, made) in part
            .out
            .into_iter()
            .zip(made.chunks_exact(part.columns.len()))
        {
            out.copy_from_slice(made);
        }
        Ok(())
    })
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
    let n_of_smaller = n_matrices(left).min(n_matrices(right));
    let repeated = |matrices: &Tensor| {
        let last = &matrices.dims()[matrices.rank() - 2..];
        let full: Vec<usize> = leading.iter().chain(last).copied().collect();
        stack(&matrices.broadcast_as(full)?.contiguous()?)
    };
    let (left, right, n_at_once) =
        if n_of_smaller < n && repeats_in(left, leading) && repeats_in(right, leading) {
            // The smaller stack stands beside one piece of the larger after the other.
            (stack(left)?, stack(right)?, n_of_smaller)
        } else {
            let (left, right) = (repeated(left)?, repeated(right)?);
            let n_multiplications = left.elem_count() * right.elem_count() / n.max(1);
            (left, right, n.div_ceil(n_threads_for(n_multiplications)))
        };
    if n_at_once >= n {
        return product(&left, &right);
    }
    let piece = |of: &Tensor, start: usize| match of.dim(0)? {
        n_own if n_own == n => of.narrow(0, start, n_at_once.min(n - start)),
        _ => Ok(of.clone()),
    };
    let starts: Vec<usize> = (0..n).step_by(n_at_once.max(1)).collect();
    let products: Result<Vec<Tensor>> = starts
        .into_par_iter()
        .map(|start| product(&piece(&left, start)?, &piece(&right, start)?))
        .collect();
    Tensor::cat(&products?, 0)
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
