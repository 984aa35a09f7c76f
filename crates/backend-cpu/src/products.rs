//! Products by candle, in parts, one for each thread.
//!
//! Candle would share a product itself, but in a way that two threads are often slower
//! than one, so it is told not to.

use candle_core::{D, Device, Result, Tensor};
use rayon::prelude::*;
use tensor::{Shape, Transposed};

use crate::buffer::CpuBuffer;
use crate::loops::with_values;
use crate::parts::{Cut, Part, in_parts, n_threads_for};

/// Rows, zero ones too, below which a product reads a weight as it lies: reading is what
/// it costs then, and a text that is only written should not pay for a second copy of the
/// weights.
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
    let rows = left.reshape((left.elem_count() / inner.max(1), inner))?;
    let made = with_values(left, |values| {
        in_parts(values, cut, |part| multiply(&rows, &matrix, part))
    })?;
    Tensor::from_vec(made, output.lengths(), &Device::Cpu)
}

fn multiply(left: &Tensor, matrix: &Tensor, part: Part<'_>) -> Result<()> {
    let columns = matrix.narrow(1, part.columns.start, part.columns.len())?;
    let product = rows_of(left, part.rows)?.matmul(&columns)?;
    with_values(&product, |made| {
        let made = made.chunks_exact(part.columns.len());
        for (out, made) in part.out.into_iter().zip(made) {
            out.copy_from_slice(made);
        }
        Ok(())
    })
}

/// Rows with these numbers, ascending: as they lie, if none between them is left out.
fn rows_of(matrix: &Tensor, numbers: &[usize]) -> Result<Tensor> {
    if let (Some(first), Some(last)) = (numbers.first(), numbers.last())
        && last - first + 1 == numbers.len()
    {
        return matrix.narrow(0, *first, numbers.len());
    }
    let width = matrix.dim(1)?;
    let mut rows = Vec::with_capacity(numbers.len() * width);
    with_values(matrix, |values| {
        for number in numbers {
            rows.extend_from_slice(&values[number * width..][..width]);
        }
        Ok(())
    })?;
    Tensor::from_vec(rows, (numbers.len(), width), &Device::Cpu)
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
    // Either the smaller stack stands beside one piece of the larger after the other, or
    // both have all.
    let repeats = n_of_smaller < n && repeats_in(left, leading) && repeats_in(right, leading);
    let (left, right, n_beside) = if repeats {
        (stack(left)?, stack(right)?, n_of_smaller)
    } else {
        (repeated(left)?, repeated(right)?, n)
    };
    let n_columns = match transposed {
        Transposed::Right => right.dim(D::Minus2)?,
        _ => right.dim(D::Minus1)?,
    };
    let n_rows = left.elem_count() / n_matrices(&left).max(1);
    let n_threads = n_threads_for([n, n_rows, n_columns]);
    let n_pieces = (n_threads * n_beside).div_ceil(n.max(1)).max(1);
    let n_at_once = n_beside.div_ceil(n_pieces).max(1);
    if n_at_once >= n {
        return product(&left, &right);
    }
    let pieces: Vec<(usize, usize)> = (0..n)
        .step_by(n_beside)
        .flat_map(|first| {
            let end = first + n_beside;
            let starts = (first..end).step_by(n_at_once);
            starts.map(move |start| (start, n_at_once.min(end - start)))
        })
        .collect();
    let products: Result<Vec<Tensor>> = pieces
        .into_par_iter()
        .map(|(start, length)| {
            let own = |of: &Tensor| of.narrow(0, start % of.dim(0)?, length);
            product(&own(&left)?, &own(&right)?)
        })
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
