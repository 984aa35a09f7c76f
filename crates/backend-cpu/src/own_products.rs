//! Which of this crate's own kernels makes a product.

use candle_core::{Device, Result, Tensor};
use tensor::{Shape, Transposed};

use crate::buffer::CpuBuffer;
use crate::loops::with_values;
use crate::packed::{Stack, rows_by_matrix, stack_by_stack};

/// Matrix product over the last two axes, leading axes broadcast. Rows of the left
/// operand that are zero throughout are not multiplied, even by what is not finite.
pub(crate) fn matmul(
    transposed: Transposed,
    left: &CpuBuffer,
    right: &CpuBuffer,
    output: &Shape,
) -> Result<Tensor> {
    let left = left.plain()?;
    if let Some(matrix) = right.as_packed()
        && transposed != Transposed::Left
    {
        // One matrix for all leading axes: they are just more rows.
        let made = with_values(&left, |values| {
            Ok(rows_by_matrix(transposed, values, matrix))
        })?;
        return Tensor::from_vec(made, output.lengths(), &Device::Cpu);
    }
    let right = right.plain()?;
    let leading = output.leading(2);
    let made = with_values(&left, |left_values| {
        with_values(&right, |right_values| {
            let left = stack_of(left_values, left.dims(), leading);
            let right = stack_of(right_values, right.dims(), leading);
            Ok(stack_by_stack(transposed, &left, &right))
        })
    })?;
    Tensor::from_vec(made, output.lengths(), &Device::Cpu)
}

/// The matrices of a tensor, and which of them stands at each place of `leading`.
fn stack_of<'a>(values: &'a [f32], dims: &[usize], leading: &[usize]) -> Stack<'a> {
    let (own, last) = dims.split_at(dims.len() - 2);
    let mut numbers = vec![0];
    let n_missing = leading.len() - own.len();
    for (axis, length) in leading.iter().enumerate() {
        // Axes are aligned at the back; those of length one, or missing, repeat.
        let own_length = axis.checked_sub(n_missing).map_or(1, |axis| own[axis]);
        let step = usize::from(own_length > 1);
        numbers = numbers
            .iter()
            .flat_map(|number| (0..*length).map(move |index| number * own_length + index * step))
            .collect();
    }
    Stack {
        values,
        n_rows: last[0],
        n_columns: last[1],
        numbers,
    }
}
