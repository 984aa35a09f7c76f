//! What every op means: plain loops in double precision, written without a look at
//! any backend.

use tensor::{Activation, BackAxis, Op, Transposed};

use crate::host_array::HostArray;

/// Runs an op.
pub(crate) fn reference(op: &Op, inputs: &[HostArray]) -> HostArray {
    let first = &inputs[0];
    match op {
        Op::Add => by_pair(inputs, |a, b| a + b),
        Op::Subtract => by_pair(inputs, |a, b| a - b),
        Op::Multiply => by_pair(inputs, |a, b| a * b),
        Op::Divide => by_pair(inputs, |a, b| a / b),

        Op::Scale(factor) => first.map(|x| x * f64::from(*factor)),
        Op::Exponential => first.map(f64::exp),
        Op::SquareRoot => first.map(f64::sqrt),
        Op::Logarithm => first.map(f64::ln),
        Op::Activate(activation) => first.map(|x| activated(*activation, x)),
        Op::Slope(activation) => first.map(|x| slope(*activation, x)),

        Op::Softmax => first.map_rows(|row| {
            let shift = log_of_sum(row);
            row.iter().map(|x| (x - shift).exp()).collect()
        }),
        Op::LogSoftmax => first.map_rows(|row| {
            let shift = log_of_sum(row);
            row.iter().map(|x| x - shift).collect()
        }),
        Op::Normalize { epsilon } => first.map_rows(|row| {
            let (mean, variance) = moments(row);
            let deviation = (variance + f64::from(*epsilon)).sqrt();
            row.iter().map(|x| (x - mean) / deviation).collect()
        }),
        Op::InverseDeviation { epsilon } => {
            first.map_rows(|row| vec![1.0 / (moments(row).1 + f64::from(*epsilon)).sqrt()])
        }
        Op::Nucleus {
            mass,
            n_least,
            n_most,
        } => first.map_rows(|row| nucleus(row, f64::from(*mass), *n_least, *n_most)),
        Op::SoftmaxPullback => by_row(first, &inputs[1], |probabilities, cotangent| {
            let total = dot(probabilities, cotangent);
            let pairs = probabilities.iter().zip(cotangent);
            pairs.map(|(p, c)| p * (c - total)).collect()
        }),
        Op::NormalizePullback { epsilon } => by_row(first, &inputs[1], |input, cotangent| {
            let n = input.len() as f64;
            let (mean, variance) = moments(input);
            let deviation = (variance + f64::from(*epsilon)).sqrt();
            let output: Vec<f64> = input.iter().map(|x| (x - mean) / deviation).collect();
            let mean_cotangent = cotangent.iter().sum::<f64>() / n;
            let along = dot(&output, cotangent) / n;
            let pairs = output.iter().zip(cotangent);
            pairs
                .map(|(y, c)| (c - mean_cotangent - y * along) / deviation)
                .collect()
        }),

        Op::MatMul(transposed) => product(*transposed, first, &inputs[1]),
        _ => moved(op, inputs),
    }
}

/// 1 for the likeliest until they reach `mass`, 0 for others.
fn nucleus(row: &[f64], mass: f64, n_least: usize, n_most: usize) -> Vec<f64> {
    let shift = log_of_sum(row);
    let mut descending: Vec<usize> = (0..row.len()).collect();
    descending.sort_by(|left, right| row[*right].total_cmp(&row[*left]));
    let mut kept = vec![0.0; row.len()];
    let mut reached = 0.0;
    for (place, index) in descending.into_iter().enumerate() {
        let is_wanted = reached < mass || place < n_least;
        if is_wanted && place < n_most.max(1) {
            kept[index] = 1.0;
        }
        reached += (row[index] - shift).exp();
    }
    kept
}

fn dot(left: &[f64], right: &[f64]) -> f64 {
    left.iter()
        .zip(right)
        .map(|(left, right)| left * right)
        .sum()
}

/// Each row of `second` with its row of `first`, which has no more leading axes and is
/// used again for each of those it lacks.
fn by_row(
    first: &HostArray,
    second: &HostArray,
    make: impl Fn(&[f64], &[f64]) -> Vec<f64>,
) -> HostArray {
    let width = first.shape[first.shape.len() - 1];
    let rows = first.values.chunks_exact(width).cycle();
    let made = rows.zip(second.values.chunks_exact(width));
    let values: Vec<Vec<f64>> = made.map(|(first, second)| make(first, second)).collect();
    HostArray::new(second.shape.clone(), values.concat())
}

/// Ops that only move values, or add them up.
fn moved(op: &Op, inputs: &[HostArray]) -> HostArray {
    let first = &inputs[0];
    let rank = first.shape.len();
    let front = |axis: &BackAxis| rank - 1 - axis.0;
    match op {
        Op::Sum(axis) => {
            let axis = front(axis);
            let shape = with_length(&first.shape, axis, 1);
            HostArray::from_indices(shape, |index| {
                let terms = 0..first.shape[axis];
                terms
                    .map(|at| first.at(&with_length(index, axis, at)))
                    .sum()
            })
        }
        Op::Broadcast { from, to } => {
            let n_leading = rank - from.len();
            let shape = [&first.shape[..n_leading], to].concat();
            HostArray::from_indices(shape, |index| {
                let trailing = &index[index.len() - from.len()..];
                let trailing = trailing.iter().zip(from);
                let trailing = trailing.map(|(at, length)| if *length == 1 { 0 } else { *at });
                let own: Vec<usize> = index[..n_leading].iter().copied().chain(trailing).collect();
                first.at(&own)
            })
        }
        Op::Reshape { from, to } => {
            let shape = [&first.shape[..rank - from.len()], to].concat();
            HostArray::new(shape, first.values.clone())
        }
        Op::SwapAxes(left, right) => {
            let swapped = |lengths: &[usize]| {
                let mut lengths = lengths.to_vec();
                lengths.swap(front(left), front(right));
                lengths
            };
            HostArray::from_indices(swapped(&first.shape), |index| first.at(&swapped(index)))
        }
        Op::PickRows(ids) => {
            let shape = with_length(&first.shape, rank - 2, ids.len());
            HostArray::from_indices(shape, |index| {
                let row = ids[index[rank - 2]] as usize;
                first.at(&with_length(index, rank - 2, row))
            })
        }
        Op::PlaceRows { ids, n_rows } => {
            let shape = with_length(&first.shape, rank - 2, *n_rows);
            HostArray::from_indices(shape, |index| {
                let from = (0..ids.len()).filter(|from| ids[*from] as usize == index[rank - 2]);
                from.map(|from| first.at(&with_length(index, rank - 2, from)))
                    .sum()
            })
        }
        Op::PickColumns(ids) => HostArray::from_indices(&first.shape[..rank - 1], |index| {
            let column = ids[index[rank - 2]] as usize;
            first.at(&[index, &[column]].concat())
        }),
        Op::PlaceColumns { ids, n_columns } => {
            HostArray::from_indices([&first.shape[..], &[*n_columns]].concat(), |index| {
                let (column, row) = (index[rank], index[rank - 1]);
                let is_placed = ids[row] as usize == column;
                if is_placed {
                    first.at(&index[..rank])
                } else {
                    0.0
                }
            })
        }
        Op::Concatenate(axis) => {
            let (axis, second) = (front(axis), &inputs[1]);
            let n_first = first.shape[axis];
            let shape = with_length(&first.shape, axis, n_first + second.shape[axis]);
            HostArray::from_indices(shape, |index| match index[axis].checked_sub(n_first) {
                Some(at) => second.at(&with_length(index, axis, at)),
                None => first.at(index),
            })
        }
        Op::Narrow {
            axis,
            start,
            length,
        } => {
            let axis = front(axis);
            let shape = with_length(&first.shape, axis, *length);
            HostArray::from_indices(shape, |index| {
                first.at(&with_length(index, axis, start + index[axis]))
            })
        }
        Op::Pad {
            axis,
            before,
            after,
        } => {
            let axis = front(axis);
            let length = first.shape[axis];
            let shape = with_length(&first.shape, axis, before + length + after);
            HostArray::from_indices(shape, |index| match index[axis].checked_sub(*before) {
                Some(at) if at < length => first.at(&with_length(index, axis, at)),
                _ => 0.0,
            })
        }
        other => unreachable!("{} moves no values", other.name()),
    }
}

fn with_length(lengths: &[usize], axis: usize, length: usize) -> Vec<usize> {
    let mut changed = lengths.to_vec();
    changed[axis] = length;
    changed
}

/// The shape two arrays broadcast to, which the case has made sure there is.
fn joint_shape(left: &[usize], right: &[usize]) -> Vec<usize> {
    let rank = left.len().max(right.len());
    let length = |lengths: &[usize], axis: usize| {
        let from_back = rank - axis;
        let index = lengths.len().checked_sub(from_back);
        index.map_or(1, |index| lengths[index])
    };
    (0..rank)
        .map(|axis| match (length(left, axis), length(right, axis)) {
            (1, right) => right,
            (left, _) => left,
        })
        .collect()
}

fn by_pair(inputs: &[HostArray], of: impl Fn(f64, f64) -> f64) -> HostArray {
    let (left, right) = (&inputs[0], &inputs[1]);
    HostArray::from_indices(joint_shape(&left.shape, &right.shape), |index| {
        of(left.broadcast_at(index), right.broadcast_at(index))
    })
}

fn product(transposed: Transposed, left: &HostArray, right: &HostArray) -> HostArray {
    let (left_rank, right_rank) = (left.shape.len(), right.shape.len());
    let (left_leading, left_matrix) = left.shape.split_at(left_rank - 2);
    let (right_leading, right_matrix) = right.shape.split_at(right_rank - 2);
    let (m, k) = match transposed {
        Transposed::Left => (left_matrix[1], left_matrix[0]),
        _ => (left_matrix[0], left_matrix[1]),
    };
    let n = match transposed {
        Transposed::Right => right_matrix[0],
        _ => right_matrix[1],
    };
    let mut shape = joint_shape(left_leading, right_leading);
    shape.extend([m, n]);
    HostArray::from_indices(shape, |index| {
        let (leading, place) = index.split_at(index.len() - 2);
        let entry = |of: &HostArray, row: usize, column: usize| {
            of.broadcast_at(&[leading, &[row, column]].concat())
        };
        (0..k)
            .map(|inner| {
                let left = match transposed {
                    Transposed::Left => entry(left, inner, place[0]),
                    _ => entry(left, place[0], inner),
                };
                let right = match transposed {
                    Transposed::Right => entry(right, place[1], inner),
                    _ => entry(right, inner, place[1]),
                };
                left * right
            })
            .sum()
    })
}

fn log_of_sum(row: &[f64]) -> f64 {
    let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let total: f64 = row.iter().map(|x| (x - largest).exp()).sum();
    largest + total.ln()
}

fn moments(row: &[f64]) -> (f64, f64) {
    let n = row.len() as f64;
    let mean = row.iter().sum::<f64>() / n;
    let variance = row.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
    (mean, variance)
}

/// The nonlinearities by their papers' formulas.
pub(crate) fn activated(activation: Activation, x: f64) -> f64 {
    match activation {
        Activation::GeluNew => {
            let inner = (2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x.powi(3));
            0.5 * x * (1.0 + inner.tanh())
        }
        Activation::Gelu => 0.5 * x * (1.0 + error_function(x / 2_f64.sqrt())),
        Activation::Relu => x.max(0.0),
        Activation::Swish => x / (1.0 + (-x).exp()),
    }
}

/// The slope by central differences.
fn slope(activation: Activation, x: f64) -> f64 {
    const STEP: f64 = 1e-5;
    (activated(activation, x + STEP) - activated(activation, x - STEP)) / (2.0 * STEP)
}

/// The error function by its Taylor series; beyond 5, where it is 1 to twelve
/// digits, by its limit.
fn error_function(x: f64) -> f64 {
    if x.abs() > 5.0 {
        return x.signum();
    }
    let (mut power, mut sum) = (x, x);
    for n in 1..200 {
        let n = f64::from(n);
        power *= -x * x / n;
        sum += power / (2.0 * n + 1.0);
    }
    sum * 2.0 / std::f64::consts::PI.sqrt()
}

#[test]
fn the_error_function_has_its_tabled_values() {
    // Abramowitz and Stegun, table 7.1.
    let half = error_function(0.5);
    let two = error_function(2.0);
    assert_eq!(format!("{half:.10}"), "0.5204998778");
    assert_eq!(format!("{two:.10}"), "0.9953222650");
}
