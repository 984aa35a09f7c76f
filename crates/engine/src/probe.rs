use tensor::{Activation, BackAxis, Device, Result, Tensor, Usage, pullback};

/// Tokens, width and heads of the smallest thing that is like a layer of a model.
const TOKENS: usize = 7;
const WIDTH: usize = 36;
const HEADS: usize = 3;
const CHOICES: usize = 50;

/// How far two devices may be apart, in parts of the largest value: ten times what the
/// order of sums in single precision does, and far less than any mistake.
pub(crate) const TOLERANCE: f32 = 1e-3;

/// The same where weights are rounded to 16 bits, each by up to 5e-4 of its value.
pub(crate) const F16_TOLERANCE: f32 = 5e-3;

/// A small attribution: gradients of the logarithms of some choices with respect to the
/// embeddings of some tokens, through attention, layer norm and a feed-forward block of
/// fixed weights. Returns `[choices, tokens, width]`, flat.
///
/// # Errors
/// If the device fails.
pub(crate) async fn attribution_on(device: &Device) -> Result<Vec<f32>> {
    let mut numbers = Numbers(1);
    let mut weight = |shape: [usize; 2]| {
        let values = numbers.take(shape[0] * shape[1]);
        Tensor::upload(device, values, shape, Usage::Weight)
    };
    let embeddings = weight([TOKENS, WIDTH])?.traced();
    let heads = |input: &Tensor, weight: &Tensor| {
        let made = input.matmul(weight)?;
        made.reshape(1, &[HEADS, WIDTH / HEADS])?
            .swap_axes(BackAxis(2), BackAxis(1))
    };
    let normalized = embeddings.normalize(1e-5)?;
    let queries = heads(&normalized, &weight([WIDTH, WIDTH])?)?;
    let keys = heads(&normalized, &weight([WIDTH, WIDTH])?)?;
    let values = heads(&normalized, &weight([WIDTH, WIDTH])?)?;
    let attention = queries.matmul_transposed(&keys)?.softmax()?;
    let mixed = attention
        .matmul(&values)?
        .swap_axes(BackAxis(2), BackAxis(1))?
        .reshape(2, &[WIDTH])?;
    let residual = embeddings.add(&mixed)?;
    let inner = residual
        .normalize(1e-5)?
        .matmul(&weight([WIDTH, 4 * WIDTH])?)?
        .activate(Activation::GeluNew)?;
    let hidden = residual.add(&inner.matmul(&weight([4 * WIDTH, WIDTH])?)?)?;
    let logits = hidden.matmul_transposed(&weight([CHOICES, WIDTH])?)?;
    let chosen = logits
        .log_softmax()?
        .narrow(BackAxis(1), TOKENS - 1, 1)?
        .pick_columns(&[17])?;
    let last = Tensor::upload(device, vec![1.0, -2.0], [2, 1], Usage::Value)?;
    let gradients = pullback(&chosen, &last, &[&embeddings])?;
    gradients[0].read().await
}

/// How far the values are from those expected, in parts of the largest; an error if
/// that is farther than `tolerance`.
pub(crate) fn difference(expected: &[f32], found: &[f32], tolerance: f32) -> Result<f32, f32> {
    let largest = expected
        .iter()
        .fold(0.0_f32, |most, value| most.max(value.abs()));
    let pairs = expected.iter().zip(found);
    let difference = pairs.fold(0.0_f32, |most, (left, right)| {
        // What is no number is infinitely far.
        let apart = (left - right).abs();
        most.max(if apart.is_nan() { f32::INFINITY } else { apart })
    });
    let relative = difference / largest;
    match expected.len() == found.len() && largest > 0.0 && relative <= tolerance {
        true => Ok(relative),
        false => Err(relative),
    }
}

/// Numbers between −1/2 and 1/2 that are always the same.
struct Numbers(u32);

impl Numbers {
    fn take(&mut self, n: usize) -> Vec<f32> {
        (0..n)
            .map(|_| {
                // A linear congruential generator; its upper bits are random enough.
                self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (self.0 >> 8) as f32 / (1 << 24) as f32 - 0.5
            })
            .collect()
    }
}
