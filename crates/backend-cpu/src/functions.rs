//! Transcendental functions without branches or tables, so that loops over them are
//! compiled to vectors. Each is within a millionth of its value, or of a hundredth where
//! it is less. The coefficients interpolate
//! the functions at Chebyshev's points.

use std::f32::consts::{FRAC_1_SQRT_2, LOG2_E};

/// `exp(x)`; what is too small for single precision loses digits and becomes zero.
#[inline(always)]
pub(crate) fn exponential(x: f32) -> f32 {
    // Added and taken away, it rounds to a whole number, which then stands in its bits.
    const ROUND: f32 = 12_582_912.0; // 1.5 × 2²³
    // ln 2 in two parts: the first has so few digits that its multiples are exact.
    const LN_2_FIRST: f32 = 0.693_359_4;
    const LN_2_REST: f32 = -2.121_944_4e-4;
    // What is beyond is infinite, or zero; what is no number stays so. Zero is two times
    // zero: a product that only becomes so takes a processor a hundred times as long, and
    // what a mask hides is among them.
    let x = if x > 89.0 { 89.0 } else { x };
    let x = if x < -104.0 { -176.0 } else { x };
    let rounded = x * LOG2_E + ROUND;
    let n = rounded - ROUND;
    let rest = (x - n * LN_2_FIRST) - n * LN_2_REST;
    let power = polynomial(
        rest,
        [
            1.0,
            1.0,
            0.5,
            0.166_664_15,
            0.041_666_35,
            0.008_375_126,
            0.001_394_110_8,
        ],
    );
    // In two steps, because 2ⁿ itself may be too large or too small.
    let n = (rounded.to_bits() as i32).wrapping_sub(ROUND.to_bits() as i32);
    let half = n >> 1;
    power * power_of_two(half) * power_of_two(n.wrapping_sub(half))
}

/// `2ⁿ` for n from -126 to 127; 0 for -127.
#[inline(always)]
fn power_of_two(n: i32) -> f32 {
    f32::from_bits((n.wrapping_add(127) as u32) << 23)
}

#[inline(always)]
fn polynomial<const N: usize>(x: f32, coefficients: [f32; N]) -> f32 {
    let mut from_the_last = coefficients.into_iter().rev();
    let last = from_the_last.next().unwrap_or(0.0);
    from_the_last.fold(last, |sum, coefficient| sum * x + coefficient)
}

/// `1 / (1 + exp(−x))`
#[inline(always)]
fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exponential(-x))
}

/// `1 / (1 + exp(−x))` and its slope, which near 0 and 1 keeps its digits.
#[inline(always)]
fn sigmoid_and_slope(x: f32) -> (f32, f32) {
    let small = exponential(-x.abs());
    let larger = 1.0 / (1.0 + small);
    let smaller = small * larger;
    (if x > 0.0 { larger } else { smaller }, smaller * larger)
}

/// `x / (1 + exp(−x))`
#[inline(always)]
pub(crate) fn swish(x: f32) -> f32 {
    x * sigmoid(x)
}

#[inline(always)]
pub(crate) fn swish_slope(x: f32) -> f32 {
    let (sigmoid, slope) = sigmoid_and_slope(x);
    sigmoid + x * slope
}

/// Twice √(2/π): half of one plus a hyperbolic tangent is a sigmoid of twice the place.
const GELU_FACTOR: f32 = 1.595_769;
const GELU_CUBIC: f32 = 0.044_715;

/// GELU by its approximation with the hyperbolic tangent.
#[inline(always)]
pub(crate) fn gelu_new(x: f32) -> f32 {
    x * sigmoid(GELU_FACTOR * (x + GELU_CUBIC * x * x * x))
}

#[inline(always)]
pub(crate) fn gelu_new_slope(x: f32) -> f32 {
    // Farther out it does not change, and squares must stay finite.
    let x = within_thirty(x);
    let (sigmoid, slope) = sigmoid_and_slope(GELU_FACTOR * (x + GELU_CUBIC * x * x * x));
    let inner_slope = GELU_FACTOR * (1.0 + 3.0 * GELU_CUBIC * x * x);
    sigmoid + x * slope * inner_slope
}

/// GELU by the normal distribution.
#[inline(always)]
pub(crate) fn gelu(x: f32) -> f32 {
    x * normal(x).0
}

#[inline(always)]
pub(crate) fn gelu_slope(x: f32) -> f32 {
    const DENSITY: f32 = 0.398_942_3; // 1/√(2π)
    let x = within_thirty(x);
    let (below, bell) = normal(x);
    below + x * DENSITY * bell
}

/// The share of a normal distribution below `x`, and `exp(−x²/2)`.
#[inline(always)]
fn normal(x: f32) -> (f32, f32) {
    let size = within_thirty(x).abs();
    // The square in two parts: the first is exact, because half of the digits are.
    let first = f32::from_bits(size.to_bits() & 0xffff_f000);
    let rest = 0.5 * (size - first) * (size + first);
    let bell = exponential(-0.5 * first * first) * polynomial(-rest, [1.0, 1.0, 0.5, 0.166_666_67]);
    // erfc(z) exp(z²) is smooth in 1 / (1 + z/2).
    let t = 1.0 / (1.0 + 0.5 * FRAC_1_SQRT_2 * size);
    let smooth = polynomial(
        t,
        [
            0.282_080_95,
            0.282_479_32,
            0.242_294_52,
            0.206_065_85,
            -0.034_953_173,
            0.290_544_6,
            -0.498_363_38,
            0.290_056_35,
            -0.060_205_076,
        ],
    );
    let tail = 0.5 * t * smooth * bell;
    (if x > 0.0 { 1.0 - tail } else { tail }, bell)
}

/// Keeps a number's sign and what is no number.
#[inline(always)]
fn within_thirty(x: f32) -> f32 {
    let x = if x > 30.0 { 30.0 } else { x };
    if x < -30.0 { -30.0 } else { x }
}

#[cfg(test)]
mod tests {
    use std::f32::consts::LN_2;
    use std::f64::consts::{PI, SQRT_2};

    use super::*;

    /// Numbers over a range, and those next to where something changes.
    fn places(least: f32, most: f32) -> impl Iterator<Item = f32> {
        const N: usize = 200_000;
        let step = (most - least) / N as f32;
        let special = [
            0.0,
            -0.0,
            1e-30,
            -1e-30,
            1e-7,
            -1e-7,
            LN_2 / 2.0,
            -LN_2 / 2.0,
        ];
        (0..=N).map(move |n| least + n as f32 * step).chain(special)
    }

    fn assert_close(name: &str, x: f32, found: f32, expected: f64, scale: f64) {
        let error = (f64::from(found) - expected).abs();
        assert!(
            error <= 1e-6 * scale,
            "{name} of {x:e} is {found:e}, not {expected:e}"
        );
    }

    /// The complementary error function by its series, or its continued fraction.
    fn erfc(x: f64) -> f64 {
        let size = x.abs();
        let tail = if size < 2.5 {
            let (mut term, mut sum) = (size, size);
            for n in 1..120 {
                term *= -size * size / f64::from(n);
                sum += term / f64::from(2 * n + 1);
            }
            1.0 - 2.0 / PI.sqrt() * sum
        } else {
            let fraction = (1..120)
                .rev()
                .fold(size, |sum, n| size + f64::from(n) / 2.0 / sum);
            (-size * size).exp() / PI.sqrt() / fraction
        };
        if x < 0.0 { 2.0 - tail } else { tail }
    }

    #[test]
    fn exponentials_are_within_a_millionth_of_themselves() {
        for x in places(-87.3, 88.72) {
            let expected = f64::from(x).exp();
            assert_close("exp", x, exponential(x), expected, expected);
        }
        // Below, single precision has fewer digits; then none.
        for x in places(-110.0, -87.3) {
            let smallest = f64::from(f32::from_bits(1));
            let error = (f64::from(exponential(x)) - f64::from(x).exp()).abs();
            assert!(x.abs() < 1.0 || error <= smallest, "exp of {x}");
        }
        assert_eq!(exponential(0.0), 1.0);
        assert_eq!(exponential(-0.0), 1.0);
        for x in [88.8, 1e3, f32::MAX, f32::INFINITY] {
            assert_eq!(exponential(x), f32::INFINITY);
            assert_eq!(exponential(-x - 20.0), 0.0);
        }
        assert!(exponential(f32::NAN).is_nan());
    }

    #[test]
    fn activations_are_within_a_millionth_of_their_formulas() {
        for x in places(-60.0, 60.0) {
            let wide = f64::from(x);
            let cubic = (2.0 / PI).sqrt() * (wide + 0.044_715 * wide.powi(3));
            let below = 0.5 * erfc(-wide / SQRT_2);
            let logistic = 1.0 / (1.0 + (-wide).exp());
            let sigmoid = 1.0 / (1.0 + (-2.0 * cubic).exp());
            for (name, found, expected) in [
                ("swish", swish(x), wide * logistic),
                ("gelu_new", gelu_new(x), wide * sigmoid),
                ("gelu", gelu(x), wide * below),
            ] {
                // On the flat side, where a value is less than a hundredth, the
                // rounding of the exponent shows in its last digits.
                let scale = expected.abs().max(1e-2 * wide.abs().min(1.0));
                assert_close(name, x, found, expected, scale);
            }
            let cubic_slope = (2.0 / PI).sqrt() * (1.0 + 3.0 * 0.044_715 * wide * wide);
            let density = (-wide * wide / 2.0).exp() / (2.0 * PI).sqrt();
            for (name, found, expected) in [
                (
                    "swish's slope",
                    swish_slope(x),
                    logistic * (1.0 + wide * (1.0 - logistic)),
                ),
                (
                    "gelu_new's slope",
                    gelu_new_slope(x),
                    sigmoid + wide * sigmoid * (1.0 - sigmoid) * 2.0 * cubic_slope,
                ),
                ("gelu's slope", gelu_slope(x), below + wide * density),
            ] {
                // Slopes cross zero: their scale is one.
                assert_close(name, x, found, expected, 1.0);
            }
        }
    }

    #[test]
    fn the_tail_of_the_normal_distribution_keeps_its_digits() {
        for x in places(-12.9, 0.0) {
            let expected = 0.5 * erfc(-f64::from(x) / SQRT_2);
            assert_close("normal", x, normal(x).0, expected, expected);
        }
    }

    #[test]
    fn far_out_activations_are_lines_and_what_is_no_number_stays_so() {
        for (activate, slope) in [
            (gelu as fn(f32) -> f32, gelu_slope as fn(f32) -> f32),
            (gelu_new, gelu_new_slope),
            (swish, swish_slope),
        ] {
            for x in [1e3, 1e10, 1e30, f32::MAX] {
                assert_eq!((activate(x), activate(-x)), (x, 0.0));
                assert_eq!((slope(x), slope(-x)), (1.0, 0.0));
            }
            assert_eq!(activate(f32::INFINITY), f32::INFINITY);
            assert!(activate(f32::NAN).is_nan() && slope(f32::NAN).is_nan());
        }
    }
}
