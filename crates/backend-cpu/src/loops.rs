//! Kernels candle does not have, as loops over rows.

use candle_core::{CpuStorage, Result, Storage, Tensor};
use rayon::prelude::*;
use tensor::Activation;

use crate::functions;

/// Values below which a second thread costs more than it saves.
const FEW_VALUES: usize = 1 << 14;

/// `exp(x)` of each value.
pub(crate) fn exponential(input: &Tensor) -> Result<Tensor> {
    map_values(input, functions::exponential)
}

/// A nonlinearity of each value.
pub(crate) fn activate(input: &Tensor, activation: Activation) -> Result<Tensor> {
    match activation {
        Activation::GeluNew => map_values(input, functions::gelu_new),
        Activation::Gelu => map_values(input, functions::gelu),
        Activation::Relu => input.relu(),
        Activation::Swish => map_values(input, functions::swish),
    }
}

/// The slope of a nonlinearity at each value.
pub(crate) fn slope(input: &Tensor, activation: Activation) -> Result<Tensor> {
    match activation {
        Activation::GeluNew => map_values(input, functions::gelu_new_slope),
        Activation::Gelu => map_values(input, functions::gelu_slope),
        Activation::Relu => map_values(input, |x| if x > 0.0 { 1.0 } else { 0.0 }),
        Activation::Swish => map_values(input, functions::swish_slope),
    }
}

/// A loop of its own for each function, so that each is compiled to vectors.
fn map_values(input: &Tensor, function: impl Fn(f32) -> f32 + Sync) -> Result<Tensor> {
    map_rows(input, |row, out| {
        for (made, x) in out.iter_mut().zip(row) {
            *made = function(*x);
        }
    })
}

/// `exp(x) / Σ exp(x)` for each row.
pub(crate) fn softmax(input: &Tensor) -> Result<Tensor> {
    map_rows(input, |row, out| {
        let largest = largest(row);
        for (made, x) in out.iter_mut().zip(row) {
            *made = functions::exponential(x - largest);
        }
        let share = (1.0 / wide_sum(out)) as f32;
        for made in out {
            *made *= share;
        }
    })
}

/// `x − log Σ exp(x)` for each row.
pub(crate) fn log_softmax(input: &Tensor) -> Result<Tensor> {
    map_rows(input, |row, out| {
        let largest = largest(row);
        for (made, x) in out.iter_mut().zip(row) {
            *made = functions::exponential(x - largest);
        }
        let logarithm = wide_sum(out).ln() as f32;
        for (made, x) in out.iter_mut().zip(row) {
            // In this order, and with a wide sum, what is nearly certain keeps its
            // small logarithm.
            *made = (x - largest) - logarithm;
        }
    })
}

/// Zero mean, unit variance for each row.
pub(crate) fn normalize(input: &Tensor, epsilon: f32) -> Result<Tensor> {
    map_rows(input, |row, out| {
        let (mean, inverse_deviation) = moments(row, epsilon);
        for (made, x) in out.iter_mut().zip(row) {
            *made = (x - mean) * inverse_deviation;
        }
    })
}

/// `1 / √(variance + epsilon)` of each row.
pub(crate) fn inverse_deviation(input: &Tensor, epsilon: f32, shape: &[usize]) -> Result<Tensor> {
    let width = last_length(input);
    with_values(input, |values| {
        let made = values
            .chunks_exact(width)
            .map(|row| moments(row, epsilon).1)
            .collect();
        Tensor::from_vec(made, shape, input.device())
    })
}

/// `p (c − Σ c p)` for each row of the cotangent `c`; the rows of probabilities `p`
/// repeat over its leading axes.
pub(crate) fn softmax_pullback(probabilities: &Tensor, cotangent: &Tensor) -> Result<Tensor> {
    let width = last_length(cotangent);
    with_values(probabilities, |probabilities| {
        map_numbered_rows(cotangent, |number, row, out| {
            let start = number * width % probabilities.len();
            let own = &probabilities[start..start + width];
            let total = sum_of_products(row, own, |p| p);
            for ((made, c), p) in out.iter_mut().zip(row).zip(own) {
                *made = p * (c - total);
            }
        })
    })
}

/// What `normalize` passes back, for each row of the cotangent; the rows of `input`
/// repeat over its leading axes.
pub(crate) fn normalize_pullback(
    input: &Tensor,
    cotangent: &Tensor,
    epsilon: f32,
) -> Result<Tensor> {
    let width = last_length(cotangent);
    with_values(input, |input| {
        let known: Vec<(f32, f32)> = input
            .chunks_exact(width)
            .map(|row| moments(row, epsilon))
            .collect();
        map_numbered_rows(cotangent, |number, row, out| {
            let number = number % known.len();
            let (mean, inverse_deviation) = known[number];
            let own = &input[number * width..][..width];
            let n = width as f32;
            let cotangent_mean = sum(row, |x| x) / n;
            let along = sum_of_products(row, own, |x| x - mean) * inverse_deviation / n;
            for ((made, c), x) in out.iter_mut().zip(row).zip(own) {
                let normalized = (x - mean) * inverse_deviation;
                *made = (c - cotangent_mean - normalized * along) * inverse_deviation;
            }
        })
    })
}

/// 1 for the largest values of each row, 0 for the rest; see `Op::Nucleus`.
pub(crate) fn nucleus(input: &Tensor, mass: f32, n_least: usize, n_most: usize) -> Result<Tensor> {
    map_rows(input, |row, out| {
        let mut ascending: Vec<usize> = (0..row.len()).collect();
        ascending.sort_by(|left, right| row[*left].total_cmp(&row[*right]));
        let largest = ascending.last().map_or(0.0, |last| row[*last]);
        let total: f32 = row.iter().map(|x| (x - largest).exp()).sum();
        let mut below = 0.0_f64;
        for (place, index) in ascending.iter().enumerate() {
            below += f64::from((row[*index] - largest).exp() / total);
            let is_kept = below as f32 > 1.0 - mass || place + n_least >= row.len();
            out[*index] = f32::from(u8::from(is_kept));
        }
        let lowest = ascending[row.len() - n_most.clamp(1, row.len())];
        for (made, x) in out.iter_mut().zip(row) {
            if *x < row[lowest] {
                *made = 0.0;
            }
        }
    })
}

/// One value of each row; `ids` repeats over leading axes.
pub(crate) fn pick_columns(input: &Tensor, ids: &[u32], shape: &[usize]) -> Result<Tensor> {
    let width = last_length(input);
    with_values(input, |values| {
        let made = values
            .chunks_exact(width)
            .zip(ids.iter().cycle())
            .map(|(row, id)| row[*id as usize])
            .collect();
        Tensor::from_vec(made, shape, input.device())
    })
}

/// One value into each row of zeros; `ids` repeats over leading axes.
pub(crate) fn place_columns(
    input: &Tensor,
    ids: &[u32],
    n_columns: usize,
    shape: &[usize],
) -> Result<Tensor> {
    with_values(input, |values| {
        let mut made = vec![0.0; values.len() * n_columns];
        let rows = made.chunks_exact_mut(n_columns);
        for ((row, value), id) in rows.zip(values).zip(ids.iter().cycle()) {
            row[*id as usize] = *value;
        }
        Tensor::from_vec(made, shape, input.device())
    })
}

/// `[rows, columns]` → `[columns, rows]`
pub(crate) fn transpose(input: &Tensor, n_rows: usize, n_columns: usize) -> Result<Tensor> {
    // Squares this wide are whole cache lines on both sides.
    const WIDTH: usize = 16;
    with_values(input, |values| {
        let mut made = vec![0.0; values.len()];
        let bands = made.par_chunks_mut(WIDTH * n_rows.max(1)).enumerate();
        bands.for_each(|(band, made)| {
            let first_column = band * WIDTH;
            for first_row in (0..n_rows).step_by(WIDTH) {
                let rows = first_row..n_rows.min(first_row + WIDTH);
                for (column, made) in (first_column..).zip(made.chunks_exact_mut(n_rows)) {
                    for (row, value) in rows.clone().zip(&mut made[rows.clone()]) {
                        *value = values[row * n_columns + column];
                    }
                }
            }
        });
        Tensor::from_vec(made, (n_columns, n_rows), input.device())
    })
}

fn moments(row: &[f32], epsilon: f32) -> (f32, f32) {
    let n = row.len() as f32;
    let mean = sum(row, |x| x) / n;
    let variance = sum(row, |x| (x - mean) * (x - mean)) / n;
    (mean, 1.0 / (variance + epsilon).sqrt())
}

/// Values that are added up side by side: faster, and closer, than one after the
/// other.
const N_SIDE_BY_SIDE: usize = 16;

fn largest(values: &[f32]) -> f32 {
    let larger = |left: f32, right: f32| if right > left { right } else { left };
    let mut parts = [f32::NEG_INFINITY; N_SIDE_BY_SIDE];
    let (whole, rest) = values.as_chunks::<N_SIDE_BY_SIDE>();
    for values in whole {
        for (part, value) in parts.iter_mut().zip(values) {
            *part = larger(*part, *value);
        }
    }
    parts
        .iter()
        .chain(rest)
        .copied()
        .fold(f32::NEG_INFINITY, larger)
}

/// The sum in double precision.
fn wide_sum(values: &[f32]) -> f64 {
    let mut parts = [0.0; N_SIDE_BY_SIDE];
    let (whole, rest) = values.as_chunks::<N_SIDE_BY_SIDE>();
    for values in whole {
        for (part, value) in parts.iter_mut().zip(values) {
            *part += f64::from(*value);
        }
    }
    let rest: f64 = rest.iter().copied().map(f64::from).sum();
    parts.iter().sum::<f64>() + rest
}

/// `Σ term(value)`
fn sum(values: &[f32], term: impl Fn(f32) -> f32) -> f32 {
    let mut parts = [0.0; N_SIDE_BY_SIDE];
    let (whole, rest) = values.as_chunks::<N_SIDE_BY_SIDE>();
    for values in whole {
        for (part, value) in parts.iter_mut().zip(values) {
            *part += term(*value);
        }
    }
    let rest: f32 = rest.iter().map(|value| term(*value)).sum();
    parts.iter().sum::<f32>() + rest
}

/// `Σ left · term(right)`
fn sum_of_products(left: &[f32], right: &[f32], term: impl Fn(f32) -> f32) -> f32 {
    let mut parts = [0.0; N_SIDE_BY_SIDE];
    let (whole_left, rest_left) = left.as_chunks::<N_SIDE_BY_SIDE>();
    let (whole_right, rest_right) = right.as_chunks::<N_SIDE_BY_SIDE>();
    for (left, right) in whole_left.iter().zip(whole_right) {
        for ((part, left), right) in parts.iter_mut().zip(left).zip(right) {
            *part += left * term(*right);
        }
    }
    let rest = rest_left.iter().zip(rest_right);
    let rest: f32 = rest.map(|(left, right)| left * term(*right)).sum();
    parts.iter().sum::<f32>() + rest
}

fn last_length(input: &Tensor) -> usize {
    // Rows of no width have no values either; any width then makes no rows.
    input.dims().last().copied().unwrap_or(1).max(1)
}

fn map_rows(input: &Tensor, map: impl Fn(&[f32], &mut [f32]) + Sync) -> Result<Tensor> {
    map_numbered_rows(input, |_, row, out| map(row, out))
}

/// Makes each row of the result from the number and the values of its row.
fn map_numbered_rows(
    input: &Tensor,
    map: impl Fn(usize, &[f32], &mut [f32]) + Sync,
) -> Result<Tensor> {
    let width = last_length(input);
    with_values(input, |values| {
        let mut made = vec![0.0; values.len()];
        let n_at_once = FEW_VALUES.div_ceil(width);
        let map_some = |(piece, made): (usize, &mut [f32])| {
            let first = piece * n_at_once;
            let rows = values[first * width..].chunks_exact(width);
            let numbered = (first..).zip(rows).zip(made.chunks_exact_mut(width));
            for ((number, row), out) in numbered {
                map(number, row, out);
            }
        };
        if made.len() > n_at_once * width {
            let pieces = made.par_chunks_mut(n_at_once * width);
            pieces.enumerate().for_each(map_some);
        } else {
            map_some((0, &mut made));
        }
        Tensor::from_vec(made, input.dims(), input.device())
    })
}

/// Looks at the values of a contiguous tensor in place.
pub(crate) fn with_values<T>(input: &Tensor, look: impl FnOnce(&[f32]) -> Result<T>) -> Result<T> {
    let (storage, layout) = input.storage_and_layout();
    let (Storage::Cpu(CpuStorage::F32(values)), Some((start, end))) =
        (&*storage, layout.contiguous_offsets())
    else {
        return Err(candle_core::Error::Msg(
            "a buffer of this backend is contiguous 32-bit floats".to_owned(),
        ));
    };
    look(&values[start..end])
}
