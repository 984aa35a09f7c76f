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

/// Against the plain numpy of `golden/independent`, in double precision.
pub const INDEPENDENT: Tolerance = Tolerance {
    name: "independent",
    relative: 2e-5,
};

/// Against plain numpy where a linear model is fitted to what barely changes: the
/// probabilities are in single precision, and the fit enlarges their last digits.
pub const FITTED: Tolerance = Tolerance {
    name: "fitted",
    relative: 1e-4,
};

/// Against an expectation, by the mean of 20,000 samples: three standard errors.
pub const SAMPLED: Tolerance = Tolerance {
    name: "sampled",
    relative: 2e-2,
};

/// Against Inseq's divergences of choices that are nearly equal: it sums differences of
/// logarithms around 6, whose own rounding (4e-7) is more than 1e-4 of a divergence of
/// 3e-3. `references/` has them in double precision.
pub const GOLDEN_DIVERGENCE: Tolerance = Tolerance {
    name: "golden divergence",
    relative: 2e-4,
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

/// Differences of scores that are nearly equal, the scores computed in other pieces:
/// the leading digits are gone, the rounding is not.
pub const CANCELLING: Tolerance = Tolerance {
    name: "cancelling",
    relative: 1e-4,
};

/// The same bits: nothing is computed, or everything is in the same order.
pub const EXACT: Tolerance = Tolerance {
    name: "exact",
    relative: 0.0,
};

/// An integral by 128 points against its exact value, on models whose scores may
/// bend sharply (`relu`, norms of few values).
pub const QUADRATURE: Tolerance = Tolerance {
    name: "quadrature",
    relative: 3e-2,
};

/// One op in single precision against the same in double precision.
pub const OP: Tolerance = Tolerance {
    name: "op",
    relative: 5e-6,
};

/// A derivative of one op in single precision against differences of the same op in
/// double precision: a few ops one after the other, with some cancellation.
pub const DERIVATIVE: Tolerance = Tolerance {
    name: "derivative",
    relative: 5e-5,
};

/// Logits of one model by two programs: sums in another order, positions computed
/// in another precision.
pub const SECOND_OPINION: Tolerance = Tolerance {
    name: "second opinion",
    relative: 2e-5,
};

/// Scores of beams against transformers' in single precision: where every token is
/// nearly certain, its sum of exponentials near 1 holds three digits of the logarithm.
pub const BEAM_SCORE: Tolerance = Tolerance {
    name: "beam score",
    relative: 1e-3,
};

/// A figure that a model card states, rounded to three digits.
pub const CARD: Tolerance = Tolerance {
    name: "model card",
    relative: 1.1e-3,
};

/// Shares of some 70 sentences, in parts of all, rounded to whole percents: on another
/// machine two tokens that gave nearly the same may change places in one of them.
pub const SHARE: Tolerance = Tolerance {
    name: "share of sentences",
    relative: 2e-2,
};

/// Attributions with weights rounded to 16 bits, each by up to 5e-4 of its value, against
/// those with weights as they are: errors of a few layers add up.
pub const ROUNDED_WEIGHTS: Tolerance = Tolerance {
    name: "rounded weights",
    relative: 1e-2,
};

/// Against central differences in single precision, whose own error is of this size.
pub const FINITE_DIFFERENCE: Tolerance = Tolerance {
    name: "finite difference",
    relative: 2e-2,
};

/// How far numbers may be from what was printed of others.
#[derive(Clone, Copy, Debug)]
pub struct Rounding {
    name: &'static str,
    absolute: f32,
}

/// Numbers that Inseq's tests state with two decimals: half of the last, and as much
/// again as two libraries differ.
pub const TWO_DECIMALS: Rounding = Rounding {
    name: "two decimals",
    absolute: 6e-3,
};

/// Shares that Inseq's tutorial prints with three decimals, computed elsewhere by other
/// kernels.
pub const THREE_DECIMALS: Rounding = Rounding {
    name: "three decimals",
    absolute: 2e-3,
};

/// Compares numbers with what was printed of others.
///
/// # Errors
/// Says which number differs, and by how much; one that is none differs.
pub fn rounds_to(rounding: Rounding, expected: &[f32], found: &[f32]) -> Result<(), String> {
    if expected.len() != found.len() {
        return Err(format!(
            "{} values, expected {}",
            found.len(),
            expected.len()
        ));
    }
    let pairs = expected.iter().zip(found).enumerate();
    let is_near = |expected: f32, found: f32| (expected - found).abs() <= rounding.absolute;
    for (index, (expected, found)) in pairs {
        if !is_near(*expected, *found) {
            return Err(format!(
                "value {index} is {found}, expected {expected} ({})",
                rounding.name
            ));
        }
    }
    Ok(())
}

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
