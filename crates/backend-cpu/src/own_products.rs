//! Which of this crate's own kernels makes a product.

use candle_core::{Device, Result, Tensor};
use tensor::{Shape, Transposed};

use crate::buffer::CpuBuffer;
use crate::loops::with_values;
use crate::packed::{Left, PackedMatrix, Stack, rows_by_columns, rows_by_rows, stack_by_stack};

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

/// One matrix for all leading axes: they are just more rows.
fn rows_by_matrix(transposed: Transposed, left: &[f32], matrix: &PackedMatrix) -> Vec<f32> {
    let (inner, width) = match transposed {
        Transposed::Right => (matrix.n_columns, matrix.n_rows),
        _ => (matrix.n_rows, matrix.n_columns),
    };
    let all = left.chunks_exact(inner.max(1)).enumerate();
    let n_rows = left.len() / inner.max(1);
    let rows: Vec<usize> = all
        .filter(|(_, row)| row.iter().any(|value| *value != 0.0))
        .map(|(number, _)| number)
        .collect();
    let mut made = vec![0.0; n_rows * width];
    let mut scratch = Vec::new();
    if transposed == Transposed::Right {
        rows_by_rows(left, &rows, matrix, &mut made, &mut scratch);
    } else {
        let left = Left {
            values: left,
            row_stride: inner,
            inner_stride: 1,
        };
        rows_by_columns(left, &rows, matrix, &mut made, &mut scratch);
    }
    made
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
