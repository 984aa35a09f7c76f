//! What the processor can do at most, by the plainest loops there are.

use core::arch::wasm32 as simd;
use core::arch::wasm32::v128;

/// Sums side by side: enough that none waits for another.
const N_SUMS: usize = 12;

/// Multiplies and adds in registers; returns how many operations that were.
#[cfg_attr(feature = "relaxed-simd", target_feature(enable = "relaxed-simd"))]
pub(crate) fn multiply_add(n_rounds: usize) -> usize {
    let (factor, other) = (simd::f32x4_splat(0.5), simd::f32x4_splat(1.25));
    let mut sums = [simd::f32x4_splat(0.0); N_SUMS];
    for _ in 0..n_rounds {
        for sum in &mut sums {
            *sum = one(factor, other, *sum);
        }
    }
    std::hint::black_box(sums.map(|sum| simd::f32x4_extract_lane::<0>(sum)));
    n_rounds * N_SUMS * 4 * 2
}

#[cfg(feature = "relaxed-simd")]
#[inline]
#[target_feature(enable = "relaxed-simd")]
fn one(factor: v128, other: v128, sum: v128) -> v128 {
    // Sums must not be computable beforehand: the factors change places with them.
    simd::f32x4_relaxed_madd(sum, factor, other)
}

#[cfg(not(feature = "relaxed-simd"))]
#[inline(always)]
fn one(factor: v128, other: v128, sum: v128) -> v128 {
    simd::f32x4_add(simd::f32x4_mul(sum, factor), other)
}

/// Reads every value once; returns how many bytes that were.
pub(crate) fn read(values: &[f32]) -> usize {
    let mut parts = [0.0; 32];
    for values in values.as_chunks::<32>().0 {
        for (part, value) in parts.iter_mut().zip(values) {
            *part += *value;
        }
    }
    std::hint::black_box(parts);
    size_of_val(values)
}
