use crate::{Attribution, Error, Result, Scores};

/// Divides each target's attributions by the sum of their magnitudes, over source
/// and prefix together. Signs and NaN stay.
///
/// With layers or heads, each of them is a target of its own. Inseq: `normalize`.
pub fn normalize(attribution: &Attribution) -> Result<Attribution> {
    let mut normalized = attribution.clone();
    let mut parts = parts(&mut normalized)?;
    let n_columns = parts.iter().map(|part| n_columns(part)).max().unwrap_or(0);
    let mut sums = vec![0.0f64; n_columns];
    for part in &parts {
        for row in part.values.chunks(n_columns.max(1)) {
            for (sum, value) in sums.iter_mut().zip(row) {
                if !value.is_nan() {
                    *sum += f64::from(value.abs());
                }
            }
        }
    }
    for part in &mut parts {
        for row in part.values.chunks_mut(n_columns.max(1)) {
            for (sum, value) in sums.iter().zip(row) {
                // The floor is Inseq's; it keeps a column of zeros at zero.
                *value = (f64::from(*value) / sum.max(1e-12)) as f32;
            }
        }
    }
    Ok(normalized)
}

/// Divides everything by the largest magnitude over source and prefix together.
/// Zeros stay as they are.
///
/// Inseq: `rescale`, which makes NaN of nothing but zeros.
pub fn rescale(attribution: &Attribution) -> Result<Attribution> {
    let mut rescaled = attribution.clone();
    let largest = rescaled.largest_magnitude();
    if largest > 0.0 {
        for part in parts(&mut rescaled)? {
            for value in &mut part.values {
                *value /= largest;
            }
        }
    }
    Ok(rescaled)
}

/// Source and target scores, if both describe the same targets.
fn parts(attribution: &mut Attribution) -> Result<Vec<&mut Scores>> {
    let source = attribution.source_attributions.as_mut();
    let target = attribution.target_attributions.as_mut();
    if let (Some(source), Some(target)) = (&source, &target)
        && source.shape.get(1..) != target.shape.get(1..)
    {
        return Err(Error::DifferentTargets {
            source_shape: source.shape.clone(),
            target_shape: target.shape.clone(),
        });
    }
    Ok(source.into_iter().chain(target).collect())
}

/// Number of values in one row, over all axes but the first.
fn n_columns(scores: &Scores) -> usize {
    scores.shape.iter().skip(1).product()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribution::tests::small_attribution;

    #[test]
    fn columns_sum_to_one_over_source_and_prefix() {
        let attribution = small_attribution(&[1.0, -2.0], &[1.0, f32::NAN]);
        let normalized = normalize(&attribution).unwrap();
        let source = normalized.source_attributions.unwrap();
        let target = normalized.target_attributions.unwrap();
        assert_eq!(source.values, [0.25, -0.5]);
        assert_eq!(target.values[0], 0.25);
        assert!(target.values[1].is_nan());
    }

    #[test]
    fn zeros_stay_zero() {
        let attribution = small_attribution(&[0.0, 0.0], &[0.0, f32::NAN]);
        for changed in [normalize(&attribution), rescale(&attribution)] {
            assert_eq!(
                changed.unwrap().source_attributions.unwrap().values,
                [0.0; 2]
            );
        }
    }

    #[test]
    fn rescaling_brings_the_largest_magnitude_to_one() {
        let attribution = small_attribution(&[1.0, -2.0], &[0.5, f32::NAN]);
        let rescaled = rescale(&attribution).unwrap();
        assert_eq!(rescaled.source_attributions.unwrap().values, [0.5, -1.0]);
        assert_eq!(rescaled.target_attributions.unwrap().values[0], 0.25);
    }

    #[test]
    fn parts_of_different_width_are_an_error() {
        let mut attribution = small_attribution(&[1.0, 2.0], &[1.0, f32::NAN]);
        attribution.source_attributions = Some(Scores::matrix(1, 2, vec![1.0, 2.0]).unwrap());
        assert!(matches!(
            normalize(&attribution),
            Err(Error::DifferentTargets { .. })
        ));
    }
}
