//! From raw scores to one number per pair of tokens: pure functions from an
//! [`Attribution`] to another.

mod axes;
mod function;
mod normalize;

pub use axes::{aggregate_axis, select_index};
pub use function::AggregateFunction;
pub use normalize::{normalize, rescale};

use crate::{Attribution, Axis, Kind, Result};

/// Makes matrices `[inputs, targets]` of raw scores, the way that fits their kind.
///
/// - Granular: the vector norm over hidden coordinates, then each target's column
///   [normalized](normalize). Where the engine has folded the coordinates already,
///   only normalized.
/// - Several layers or heads: the mean over heads, then over layers, each followed
///   by normalizing.
/// - Coarse and plain: as they are.
///
/// Aggregating what is aggregated changes nothing beyond rounding; in Inseq, whose
/// default this is otherwise, it is an error.
pub fn aggregate(attribution: &Attribution) -> Result<Attribution> {
    match attribution.kind {
        Kind::Granular if axes::has_axis(attribution, Axis::Hidden) => {
            let function = AggregateFunction::VectorNorm;
            normalize(&aggregate_axis(attribution, Axis::Hidden, function)?)
        }
        Kind::Granular => normalize(attribution),
        Kind::MultiDimensional => {
            let mut aggregated = attribution.clone();
            for axis in [Axis::Heads, Axis::Layers] {
                if axes::has_axis(&aggregated, axis) {
                    let mean = aggregate_axis(&aggregated, axis, AggregateFunction::Mean)?;
                    aggregated = normalize(&mean)?;
                }
            }
            Ok(aggregated)
        }
        Kind::Coarse | Kind::Plain => Ok(attribution.clone()),
    }
}

/// What [`aggregate`] does to a kind, in words for a reader of its numbers.
pub fn aggregation_in_words(kind: Kind) -> &'static str {
    match kind {
        Kind::Granular => "vector norm over hidden coordinates, columns sum to 1",
        Kind::MultiDimensional => "mean over heads and layers, columns sum to 1",
        Kind::Coarse => "none, one value for each pair of tokens",
        Kind::Plain => "none",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Scores;
    use crate::attribution::tests::small_attribution;

    #[test]
    fn aggregating_twice_changes_nothing() {
        let raw = small_attribution(&[1.0, -2.0], &[0.3, f32::NAN]);
        let once = aggregate(&raw).unwrap();
        let twice = aggregate(&once).unwrap();
        let pairs = [
            (once.source_attributions, twice.source_attributions),
            (once.target_attributions, twice.target_attributions),
        ];
        for (first, second) in pairs {
            for (first, second) in first.unwrap().values.iter().zip(second.unwrap().values) {
                assert!((first - second).abs() <= f32::EPSILON || first.is_nan());
            }
        }
    }

    #[test]
    fn granular_scores_become_norms_that_sum_to_one() {
        let mut raw = small_attribution(&[0.0, 0.0], &[0.0, 0.0]);
        let axes = vec![Axis::Inputs, Axis::Targets, Axis::Hidden];
        let values = vec![3.0, 4.0, 0.0, 5.0];
        raw.source_attributions = Some(Scores::new(axes, vec![2, 1, 2], values).unwrap());
        raw.target_attributions = None;
        let aggregated = aggregate(&raw).unwrap().source_attributions.unwrap();
        assert_eq!(aggregated.shape, [2, 1]);
        assert_eq!(aggregated.values, [0.5, 0.5]);
    }

    #[test]
    fn one_head_of_one_layer_can_be_chosen() {
        let mut raw = small_attribution(&[0.0, 0.0], &[0.0, 0.0]);
        raw.kind = Kind::MultiDimensional;
        let axes = vec![Axis::Inputs, Axis::Targets, Axis::Layers, Axis::Heads];
        let values = (0..8).map(|value| value as f32).collect();
        raw.source_attributions = Some(Scores::new(axes, vec![2, 1, 2, 2], values).unwrap());
        raw.target_attributions = None;
        let layer = select_index(&raw, Axis::Layers, 1).unwrap();
        let head = select_index(&layer, Axis::Heads, 0).unwrap();
        assert_eq!(head.source_attributions.unwrap().values, [2.0, 6.0]);
    }
}
