//! Named tolerances, each with its reason. No test holds a bare number.

/// How far two arrays may be apart, in parts of the largest expected magnitude.
#[derive(Clone, Copy, Debug)]
pub struct Tolerance {
    name: &'static str,
    relative: f32,
}

/// Against Inseq on the same weights: what the project promises. Golden values have
/// seven digits, and sums are taken in another order.
pub const GOLDEN: Tolerance = Tolerance {
    name: "golden",
    relative: 1e-4,
};

/// Against Inseq's value zeroing. It takes one minus a cosine in single precision,
/// where the last digit of the cosine is 1e-5 of a score: the same in double precision
/// on the same weights is 1.8e-4 away from it.
pub const GOLDEN_COSINE: Tolerance = Tolerance {
    name: "golden cosine",
    relative: 2.5e-4,
};

/// The same computation cut into other pieces: only the order of sums differs.
pub const REORDERED: Tolerance = Tolerance {
    name: "reordered",
    relative: 1e-5,
};

/// Contributions by the rescale rule against the change they sum to: no quadrature, but
/// slopes of short chords, and a change that is small beside the scores it is one of.
pub const RESCALED: Tolerance = Tolerance {
    name: "rescaled",
    relative: 1e-3,
};

/// Against central differences in single precision, whose own error is of this size.
pub const FINITE_DIFFERENCE: Tolerance = Tolerance {
    name: "finite difference",
    relative: 2e-2,
};

/// Compares two arrays; NaN equals NaN only.
///
/// # Errors
/// Says where they differ most, and by how much.
pub fn within(tolerance: Tolerance, expected: &[f32], found: &[f32]) -> Result<(), String> {
    if expected.len() != found.len() {
        return Err(format!(
            "{} values, expected {}",
            found.len(),
            expected.len()
        ));
    }
    let scale = expected
        .iter()
        .filter(|value| value.is_finite())
        .fold(0.0_f32, |largest, value| largest.max(value.abs()));
    for (index, (expected, found)) in expected.iter().zip(found).enumerate() {
        let is_same = expected.is_nan() && found.is_nan()
            || expected == found
            || (expected - found).abs() <= tolerance.relative * scale;
        if !is_same {
            return Err(format!(
                "value {index} is {found}, expected {expected} ({} tolerance, scale {scale})",
                tolerance.name
            ));
        }
    }
    Ok(())
}
