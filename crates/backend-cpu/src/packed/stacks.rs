//! Products of many small matrices: those of attention.

use tensor::Transposed;

use super::{Left, PackedMatrix, rows_by_columns, rows_by_rows};

/// Matrices one after the other, and which of them each product takes.
pub(crate) struct Stack<'a> {
    pub(crate) values: &'a [f32],
    pub(crate) n_rows: usize,
    pub(crate) n_columns: usize,
    pub(crate) numbers: Vec<usize>,
}

impl<'a> Stack<'a> {
    fn matrix(&self, number: usize) -> &'a [f32] {
        let length = self.n_rows * self.n_columns;
        &self.values[number * length..][..length]
    }
}

/// Each product of a left by a right matrix, one after the other.
pub(crate) fn stack_by_stack(
    transposed: Transposed,
    left: &Stack<'_>,
    right: &Stack<'_>,
) -> Vec<f32> {
    let n_rows = match transposed {
        Transposed::Left => left.n_columns,
        _ => left.n_rows,
    };
    let n_columns = match transposed {
        Transposed::Right => right.n_rows,
        _ => right.n_columns,
    };
    let length = n_rows * n_columns;
    let mut made = vec![0.0; left.numbers.len() * length];
    // A matrix is packed once for all products that take it.
    let mut order: Vec<usize> = (0..left.numbers.len()).collect();
    order.sort_by_key(|product| right.numbers[*product]);
    let mut packed: Option<(usize, PackedMatrix)> = None;
    let mut scratch = Vec::new();
    let mut rows = Vec::new();
    for product in order {
        let number = right.numbers[product];
        let matrix = match packed.take() {
            Some((known, matrix)) if known == number => matrix,
            other => {
                let mut matrix = other.map_or_else(|| PackedMatrix::new(&[], 0, 0), |it| it.1);
                let values = right.matrix(number);
                // Of what is summed, zeros at the end are not.
                let n_rows = match transposed {
                    Transposed::Left => rows_up_to_zeros(values, right.n_columns),
                    _ => right.n_rows,
                };
                matrix.refill(&values[..n_rows * right.n_columns], n_rows, right.n_columns);
                matrix
            }
        };
        let values = left.matrix(left.numbers[product]);
        rows.clear();
        rows.extend((0..n_rows).filter(|row| {
            transposed == Transposed::Left
                || !is_zero(&values[row * left.n_columns..][..left.n_columns])
        }));
        let out = &mut made[product * length..][..length];
        let (row_stride, inner_stride) = match transposed {
            Transposed::Left => (1, left.n_columns),
            _ => (left.n_columns, 1),
        };
        match transposed {
            Transposed::Right => rows_by_rows(values, &rows, &matrix, out, &mut scratch),
            _ => {
                let left = Left {
                    values,
                    row_stride,
                    inner_stride,
                };
                rows_by_columns(left, &rows, &matrix, out, &mut scratch);
            }
        }
        packed = Some((number, matrix));
    }
    made
}

fn rows_up_to_zeros(values: &[f32], width: usize) -> usize {
    let last = values.iter().rposition(|value| *value != 0.0);
    last.map_or(0, |last| last / width.max(1) + 1)
}

fn is_zero(values: &[f32]) -> bool {
    values.iter().all(|value| *value == 0.0)
}
