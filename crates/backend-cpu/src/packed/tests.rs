use tensor::Transposed;

use super::{PackedMatrix, Stack, rows_by_matrix, stack_by_stack};

/// Numbers that differ, none of them large.
fn numbers(n: usize, seed: usize) -> Vec<f32> {
    let number = |index: usize| ((index * 7919 + seed * 104_729) % 1009) as f32 / 1009.0 - 0.5;
    (0..n).map(number).collect()
}

/// Sums of products in double precision, of values at places.
fn expected(
    [m, k, n]: [usize; 3],
    left: impl Fn(usize, usize) -> f32,
    right: impl Fn(usize, usize) -> f32,
) -> Vec<f64> {
    let sum = |row, column| {
        let term = |inner| f64::from(left(row, inner)) * f64::from(right(inner, column));
        (0..k).map(term).sum()
    };
    (0..m * n).map(|place| sum(place / n, place % n)).collect()
}

fn assert_near(found: &[f32], expected: &[f64], place: &str) {
    assert_eq!(found.len(), expected.len(), "{place}");
    let scale = expected
        .iter()
        .fold(1e-9, |most: f64, value| most.max(value.abs()));
    for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
        let difference = (f64::from(*found) - expected).abs();
        assert!(
            difference <= 3e-6 * scale,
            "{place}, value {index}: {found}, not {expected}"
        );
    }
}

/// Rows, inner, columns: about tiles, squares, slabs and what is done at once.
/// The last ones are worth sharing among threads, by columns and by rows.
const SIZES: [[usize; 3]; 16] = [
    [1, 1, 1],
    [2, 8, 8],
    [3, 7, 9],
    [4, 64, 16],
    [5, 65, 3],
    [6, 300, 24],
    [7, 130, 61],
    [12, 257, 40],
    [97, 16, 17],
    [200, 70, 9],
    [1, 600, 700],
    [13, 5, 530],
    [9, 240, 301],
    [203, 70, 59],
    [70, 530, 61],
    [40, 900, 19],
];

#[test]
fn products_by_a_packed_matrix_agree_with_plain_loops() {
    for [m, k, n] in SIZES {
        let (left, right) = (numbers(m * k, 1), numbers(k * n, 2));
        let expected = expected([m, k, n], |i, j| left[i * k + j], |i, j| right[i * n + j]);
        let packed = PackedMatrix::new(&right, k, n);
        let made = rows_by_matrix(Transposed::Neither, &left, &packed);
        assert_near(&made, &expected, &format!("{m} × {k} × {n}"));
    }
}

#[test]
fn products_by_its_transpose_agree_with_plain_loops() {
    for [m, k, n] in SIZES {
        let (left, right) = (numbers(m * k, 3), numbers(n * k, 4));
        let expected = expected([m, k, n], |i, j| left[i * k + j], |i, j| right[j * k + i]);
        let packed = PackedMatrix::new(&right, n, k);
        let made = rows_by_matrix(Transposed::Right, &left, &packed);
        assert_near(&made, &expected, &format!("{m} × {k} × ({n} × {k})ᵀ"));
    }
}

#[test]
fn rows_of_zeros_are_left_out_even_by_what_is_no_number() {
    let mut left = numbers(9 * 20, 5);
    for row in [0, 4, 5, 8] {
        left[row * 20..][..20].fill(0.0);
    }
    for transposed in [Transposed::Neither, Transposed::Right] {
        let packed = PackedMatrix::new(&[f32::NAN; 20 * 20], 20, 20);
        let made = rows_by_matrix(transposed, &left, &packed);
        for (number, row) in made.chunks_exact(20).enumerate() {
            let is_zero = [0, 4, 5, 8].contains(&number);
            let is_right = |value: &f32| {
                if is_zero {
                    *value == 0.0
                } else {
                    value.is_nan()
                }
            };
            assert!(row.iter().all(is_right), "row {number}: {row:?}");
        }
    }
}

#[test]
fn stacks_agree_with_plain_loops() {
    for transposed in [Transposed::Neither, Transposed::Left, Transposed::Right] {
        for [m, k, n] in SIZES {
            let mut left = numbers(3 * m * k, 7);
            let mut right = numbers(2 * k * n, 8);
            // A matrix without values, and one that ends without.
            left[..m * k].fill(0.0);
            right[k * n / 2..k * n].fill(0.0);
            let left_shape = if transposed == Transposed::Left {
                [k, m]
            } else {
                [m, k]
            };
            let right_shape = if transposed == Transposed::Right {
                [n, k]
            } else {
                [k, n]
            };
            let stack = |values, [n_rows, n_columns]: [usize; 2], numbers| Stack {
                values,
                n_rows,
                n_columns,
                numbers,
            };
            let (left_numbers, right_numbers) = (vec![2, 0, 1, 2], vec![1, 0, 0, 0]);
            let made = stack_by_stack(
                transposed,
                &stack(&left, left_shape, left_numbers.clone()),
                &stack(&right, right_shape, right_numbers.clone()),
            );
            for (product, made) in made.chunks_exact(m * n).enumerate() {
                let left = &left[left_numbers[product] * m * k..][..m * k];
                let right = &right[right_numbers[product] * k * n..][..k * n];
                let expected = expected(
                    [m, k, n],
                    |i, j| {
                        if transposed == Transposed::Left {
                            left[j * m + i]
                        } else {
                            left[i * k + j]
                        }
                    },
                    |i, j| {
                        if transposed == Transposed::Right {
                            right[j * k + i]
                        } else {
                            right[i * n + j]
                        }
                    },
                );
                assert_near(
                    made,
                    &expected,
                    &format!("{transposed:?} {m} × {k} × {n}, {product}"),
                );
            }
        }
    }
}
