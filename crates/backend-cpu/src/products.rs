use candle_core::{Result, Tensor};
use tensor::{Shape, Transposed};

/// Matrix product over the last two axes, leading axes broadcast.
pub(crate) fn matmul(
    transposed: Transposed,
    left: &Tensor,
    right: &Tensor,
    output: &Shape,
) -> Result<Tensor> {
    let is_shared = right.elem_count() == right.dims().iter().rev().take(2).product::<usize>();
    if is_shared && transposed != Transposed::Left {
        // One matrix for all leading axes: they are just more rows.
        let inner = left.dims()[left.rank() - 1];
        let rows = left.reshape((left.elem_count() / inner.max(1), inner))?;
        let matrix = stacked(right, &[])?.squeeze(0)?;
        let matrix = match transposed {
            Transposed::Right => matrix.t()?,
            _ => matrix,
        };
        return rows.matmul(&matrix)?.reshape(output.lengths());
    }
    let left = stacked(left, output.leading(2))?;
    let right = stacked(right, output.leading(2))?;
    let product = match transposed {
        Transposed::Neither => left.matmul(&right),
        Transposed::Left => left.t()?.matmul(&right),
        Transposed::Right => left.matmul(&right.t()?),
    }?;
    product.reshape(output.lengths())
}

/// Matrices one after the other, `[n, rows, columns]`, repeated until there is one for
/// each index of `leading`. Candle multiplies stacks of this form without a copy.
fn stacked(matrices: &Tensor, leading: &[usize]) -> Result<Tensor> {
    let dims = matrices.dims();
    let (own, last) = dims.split_at(dims.len() - 2);
    let n: usize = leading.iter().product();
    let repeated = if own.iter().product::<usize>() == n {
        matrices.clone()
    } else {
        let full: Vec<usize> = leading.iter().chain(last).copied().collect();
        matrices.broadcast_as(full)?.contiguous()?
    };
    repeated.reshape((n, last[0], last[1]))
}
