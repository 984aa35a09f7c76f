//! Products of many small matrices: those of attention.

use rayon::prelude::*;
use tensor::Transposed;

use super::PackedMatrix;
use super::rows_by_columns::rows_by_columns;
use super::rows_by_rows::rows_by_rows;
use super::tiles::Left;
use crate::parts::n_threads_for;

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
    let mut products: Vec<Product<'_>> = made
        .chunks_exact_mut(length.max(1))
        .zip(left.numbers.iter().zip(&right.numbers))
        .map(|(out, (left, right))| Product {
            left: *left,
            right: *right,
            out,
        })
        .collect();
    products.sort_by_key(|product| product.right);
    let n_threads = n_threads_for([products.len(), left.n_rows, left.n_columns, n_columns]);
    let n_at_once = products.len().div_ceil(n_threads).max(1);
    let multiply = |products: &mut [Product<'_>]| {
        multiply_in_order(transposed, left, right, n_columns, products);
    };
    if n_threads == 1 {
        multiply(&mut products);
    } else {
        products.par_chunks_mut(n_at_once).for_each(multiply);
    }
    made
}

/// Numbers of two matrices, and where their product goes.
struct Product<'a> {
    left: usize,
    right: usize,
    out: &'a mut [f32],
}

/// Products that take the same right matrix follow one another.
fn multiply_in_order(
    transposed: Transposed,
    left: &Stack<'_>,
    right: &Stack<'_>,
    n_columns: usize,
    products: &mut [Product<'_>],
) {
    let mut packed: Option<(usize, PackedMatrix)> = None;
    let mut scratch = Vec::new();
    for product in products {
        let matrix = match packed.take() {
            Some((known, matrix)) if known == product.right => matrix,
            other => {
                let mut matrix = other.map_or_else(|| PackedMatrix::new(&[], 0, 0), |it| it.1);
                let values = right.matrix(product.right);
                // Of what is summed, zeros at the end are not.
                let n_rows = match transposed {
                    Transposed::Left => rows_up_to_zeros(values, right.n_columns),
                    _ => right.n_rows,
                };
                matrix.refill(&values[..n_rows * right.n_columns], n_rows, right.n_columns);
                matrix
            }
        };
        let values = left.matrix(product.left);
        let (rows, mut out): (Vec<usize>, Vec<&mut [f32]>) = product
            .out
            .chunks_exact_mut(n_columns)
            .enumerate()
            .filter(|(row, _)| {
                transposed == Transposed::Left
                    || !is_zero(&values[row * left.n_columns..][..left.n_columns])
            })
            .unzip();
        let (row_stride, inner_stride) = match transposed {
            Transposed::Left => (1, left.n_columns),
            _ => (left.n_columns, 1),
        };
        let left = Left {
            values,
            row_stride,
            inner_stride,
        };
        let (out, scratch) = (out.as_mut_slice(), &mut scratch);
        if transposed == Transposed::Right {
            rows_by_rows(left, &rows, &matrix, 0..matrix.n_slabs(), out, scratch);
        } else {
            rows_by_columns(left, &rows, &matrix, 0..matrix.n_panels(), out, scratch);
        }
        packed = Some((product.right, matrix));
    }
}

fn rows_up_to_zeros(values: &[f32], width: usize) -> usize {
    let last = values.iter().rposition(|value| *value != 0.0);
    last.map_or(0, |last| last / width.max(1) + 1)
}

fn is_zero(values: &[f32]) -> bool {
    values.iter().all(|value| *value == 0.0)
}
