//! Kernels candle does not have, as loops over rows.

use candle_core::{CpuStorage, Result, Storage, Tensor};
use tensor::Activation;

/// The slope of a nonlinearity at each value.
pub(crate) fn slope(input: &Tensor, activation: Activation) -> Result<Tensor> {
    let slope_at = match activation {
        Activation::GeluNew => gelu_new_slope,
        Activation::Gelu => gelu_slope,
        Activation::Relu => |x: f32| if x > 0.0 { 1.0 } else { 0.0 },
        Activation::Swish => swish_slope,
    };
    with_values(input, |values| {
        let slopes = values.iter().map(|x| slope_at(*x)).collect();
        Tensor::from_vec(slopes, input.dims(), input.device())
    })
}

fn gelu_new_slope(x: f32) -> f32 {
    const ROOT: f32 = 0.797_884_6; // √(2/π)
    const CUBIC: f32 = 0.044_715;
    let tangent = (ROOT * (x + CUBIC * x * x * x)).tanh();
    let inner_slope = ROOT * (1.0 + 3.0 * CUBIC * x * x);
    0.5 * (1.0 + tangent) + 0.5 * x * (1.0 - tangent * tangent) * inner_slope
}

fn gelu_slope(x: f32) -> f32 {
    const DENSITY: f32 = 0.398_942_3; // 1/√(2π)
    let below = 0.5 * (1.0 + candle_core::cpu::erf::erf_f32(x * std::f32::consts::FRAC_1_SQRT_2));
    below + x * DENSITY * (-0.5 * x * x).exp()
}

fn swish_slope(x: f32) -> f32 {
    let sigmoid = 1.0 / (1.0 + (-x).exp());
    sigmoid * (1.0 + x * (1.0 - sigmoid))
}

/// `x − log Σ exp(x)` for each row.
pub(crate) fn log_softmax(input: &Tensor) -> Result<Tensor> {
    map_rows(input, |row, out| {
        let largest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let total: f64 = row.iter().map(|x| f64::from((x - largest).exp())).sum();
        let logarithm = total.ln() as f32;
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

fn moments(row: &[f32], epsilon: f32) -> (f32, f32) {
    let n = row.len() as f32;
    let mean = row.iter().sum::<f32>() / n;
    let variance = row.iter().map(|x| (x - mean) * (x - mean)).sum::<f32>() / n;
    (mean, 1.0 / (variance + epsilon).sqrt())
}

fn last_length(input: &Tensor) -> usize {
    // Rows of no width have no values either; any width then makes no rows.
    input.dims().last().copied().unwrap_or(1).max(1)
}

fn map_rows(input: &Tensor, map: impl Fn(&[f32], &mut [f32])) -> Result<Tensor> {
    let width = last_length(input);
    with_values(input, |values| {
        let mut made = vec![0.0; values.len()];
        for (row, out) in values.chunks_exact(width).zip(made.chunks_exact_mut(width)) {
            map(row, out);
        }
        Tensor::from_vec(made, input.dims(), input.device())
    })
}

/// Looks at the values of a contiguous tensor in place.
fn with_values<T>(input: &Tensor, look: impl FnOnce(&[f32]) -> Result<T>) -> Result<T> {
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
