use serde::{Deserialize, Serialize};

use super::function::vector_norm;
use super::{Selection, normalize, rescale};
use crate::{AggregateFunction, Attribution, Axis, Error, Kind, Result, Scores};

/// Makes one value of all along the last axis: of hidden coordinates, heads or layers.
///
/// Sequence scores are aggregated in the same way where they have that axis, but never
/// normalized; step scores stay. Once there is a matrix, the kind is
/// [`Kind::Coarse`]: no default aggregation is left to be done. Where layers are left,
/// it is [`Kind::MultiDimensional`].
///
/// Inseq: `scores`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ScoreAggregation {
    /// By default the vector norm for granular attributions, else the mean.
    pub aggregate_fn: Option<AggregateFunction>,
    /// Keep some indices first. A single index takes the place of aggregating.
    pub select_idx: Option<Selection>,
    /// Divide each column by the sum of its magnitudes; by default unless rescaled.
    pub normalize: Option<bool>,
    /// Divide everything by its largest magnitude.
    pub rescale: bool,
    /// Order of the vector norm, above zero.
    pub vnorm_ord: f64,
}

impl Default for ScoreAggregation {
    fn default() -> Self {
        Self {
            aggregate_fn: None,
            select_idx: None,
            normalize: None,
            rescale: false,
            vnorm_ord: 2.0,
        }
    }
}

impl ScoreAggregation {
    /// Aggregates by a function, with everything else as Inseq has it.
    pub fn by(function: AggregateFunction) -> Self {
        Self {
            aggregate_fn: Some(function),
            ..Self::default()
        }
    }

    /// Whether columns will sum to 1.
    pub(super) fn normalizes(&self) -> bool {
        self.normalize.unwrap_or(!self.rescale)
    }

    /// Aggregates the last axis. `may_be_folded` says that no such aggregation came
    /// before, so that a missing hidden axis was folded by the engine.
    pub(super) fn apply(
        &self,
        attribution: &Attribution,
        may_be_folded: bool,
    ) -> Result<Attribution> {
        self.check()?;
        let function = self.function(attribution.kind);
        let is_folded = may_be_folded && is_folded(attribution);
        let mut aggregated = if is_folded {
            self.check_fold(function)?;
            attribution.clone()
        } else {
            self.reduce(attribution, function)?
        };
        if self.normalizes() {
            aggregated = normalize(&aggregated)?;
        }
        if self.rescale {
            aggregated = rescale(&aggregated)?;
        }
        aggregated.kind = match (attribution.kind, last_axis(&aggregated)) {
            (Kind::Plain, _) => Kind::Plain,
            (_, None) => Kind::Coarse,
            (_, Some(Axis::Hidden)) => attribution.kind,
            (_, Some(_)) => Kind::MultiDimensional,
        };
        Ok(aggregated)
    }

    fn check(&self) -> Result<()> {
        let reason = if self.normalize == Some(true) && self.rescale {
            "normalize and rescale cannot both be done".to_owned()
        } else if self.vnorm_ord.is_nan() || self.vnorm_ord <= 0.0 {
            format!("vnorm_ord must be above 0, not {}", self.vnorm_ord)
        } else {
            return Ok(());
        };
        Err(Error::Option {
            stage: "scores",
            reason,
        })
    }

    pub(super) fn function(&self, kind: Kind) -> AggregateFunction {
        self.aggregate_fn.unwrap_or(match kind {
            Kind::Granular => AggregateFunction::VectorNorm,
            Kind::Coarse | Kind::MultiDimensional | Kind::Plain => AggregateFunction::Mean,
        })
    }

    /// The fold is the vector norm over all coordinates, and nothing else.
    fn check_fold(&self, function: AggregateFunction) -> Result<()> {
        let asked = if let Some(selection) = &self.select_idx {
            format!("selecting {}", selection.in_words())
        } else if function != AggregateFunction::VectorNorm {
            function.id().to_owned()
        } else if self.vnorm_ord != 2.0 {
            format!("vnorm of order {}", self.vnorm_ord)
        } else {
            return Ok(());
        };
        Err(Error::Folded { asked })
    }

    fn reduce(
        &self,
        attribution: &Attribution,
        function: AggregateFunction,
    ) -> Result<Attribution> {
        let axis = last_axis(attribution);
        let parts = [
            &attribution.source_attributions,
            &attribution.target_attributions,
        ];
        if axis.is_none()
            && let Some(scores) = parts.into_iter().flatten().next()
        {
            return Err(Error::NothingLeft {
                function: function.id().to_owned(),
                shape: scores.shape.clone(),
            });
        }
        let reduce = |scores: &Scores| match axis {
            Some(axis) if scores.position(axis).is_some() => {
                self.reduce_axis(scores, axis, function)
            }
            _ => Ok(scores.clone()),
        };
        let reduce_part = |part: &Option<Scores>| part.as_ref().map(reduce).transpose();
        let sequence_scores = attribution.sequence_scores.iter();
        Ok(Attribution {
            source_attributions: reduce_part(&attribution.source_attributions)?,
            target_attributions: reduce_part(&attribution.target_attributions)?,
            sequence_scores: sequence_scores
                .map(|(name, scores)| Ok((name.clone(), reduce(scores)?)))
                .collect::<Result<_>>()?,
            ..attribution.clone_without_scores()
        })
    }

    fn reduce_axis(
        &self,
        scores: &Scores,
        axis: Axis,
        function: AggregateFunction,
    ) -> Result<Scores> {
        let length = scores.length(axis).unwrap_or(0);
        let indices = self.select_idx.as_ref();
        let selected = match indices.map(|selection| selection.indices(axis, length)) {
            None => scores.clone(),
            Some(indices) => scores.select_indices(axis, &indices?)?,
        };
        match (&self.select_idx, function) {
            (Some(Selection::Index(_)), _) => selected.select_index(axis, 0),
            (_, AggregateFunction::VectorNorm) => {
                selected.reduce_with(axis, |values| vector_norm(values, self.vnorm_ord))
            }
            _ => selected.reduce(axis, function),
        }
    }
}

/// The last axis beyond rows and columns, of the attributions or, where there are
/// none, of the sequence scores.
pub(super) fn last_axis(attribution: &Attribution) -> Option<Axis> {
    let attributions = [
        &attribution.source_attributions,
        &attribution.target_attributions,
    ];
    let mut parts = attributions.into_iter().flatten().peekable();
    let last = |scores: &Scores| match scores.axes.as_slice() {
        [_, _, .., last] => Some(*last),
        _ => None,
    };
    if parts.peek().is_some() {
        parts.find_map(last)
    } else {
        attribution.sequence_scores.values().find_map(last)
    }
}

/// Whether hidden coordinates were folded when the attribution was made.
pub(super) fn is_folded(attribution: &Attribution) -> bool {
    let parts = [
        &attribution.source_attributions,
        &attribution.target_attributions,
    ];
    let mut parts = parts.into_iter().flatten();
    attribution.kind == Kind::Granular
        && parts.all(|scores| scores.position(Axis::Hidden).is_none())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aggregate::tests::two_layers_of_two_heads;
    use crate::attribution::tests::small_attribution;

    fn aggregated(options: ScoreAggregation) -> Result<Attribution> {
        options.apply(&two_layers_of_two_heads(), true)
    }

    fn raw(options: ScoreAggregation) -> ScoreAggregation {
        ScoreAggregation {
            normalize: Some(false),
            ..options
        }
    }

    #[test]
    fn the_last_axis_goes_first() {
        let mean = raw(ScoreAggregation::default());
        let layers = aggregated(mean.clone()).unwrap();
        assert_eq!(layers.kind, Kind::MultiDimensional);
        let scores = layers.source_attributions.as_ref().unwrap();
        assert_eq!(
            (scores.shape.as_slice(), scores.values[1]),
            (&[2, 1, 2][..], 2.5)
        );
        assert_eq!(
            layers.sequence_scores["encoder_self_attentions"].shape,
            [2, 2, 2]
        );
        let matrix = mean.apply(&layers, false).unwrap();
        assert_eq!(matrix.kind, Kind::Coarse);
        let error = mean.apply(&matrix, false).unwrap_err();
        assert_eq!(
            error.to_string(),
            "scores: nothing is left to aggregate by mean: the shape is [2, 1] already"
        );
        assert!(error.hint().is_some());
    }

    #[test]
    fn one_head_is_taken_as_it_is_and_several_are_aggregated() {
        let select = |selection| {
            let options = ScoreAggregation {
                select_idx: Some(selection),
                ..raw(ScoreAggregation::by(AggregateFunction::Sum))
            };
            let scores = aggregated(options).unwrap().source_attributions.unwrap();
            scores.values
        };
        assert_eq!(select(Selection::Index(-1)), [1.0, 3.0, 5.0, 7.0]);
        assert_eq!(select(Selection::List(vec![1])), [1.0, 3.0, 5.0, 7.0]);
        assert_eq!(
            select(Selection::Range { start: 0, end: 2 }),
            [1.0, 5.0, 9.0, 13.0]
        );
    }

    #[test]
    fn columns_are_normalized_unless_they_are_rescaled_or_left() {
        let sum_is = |options: ScoreAggregation, expected: f32| {
            let scores = aggregated(options).unwrap().source_attributions.unwrap();
            let sum: f32 = scores.values.iter().sum();
            assert!(
                (sum - expected).abs() <= 4.0 * f32::EPSILON,
                "{sum} is not {expected}"
            );
        };
        // One for each layer.
        sum_is(ScoreAggregation::default(), 2.0);
        let rescaled = ScoreAggregation {
            rescale: true,
            ..ScoreAggregation::by(AggregateFunction::Max)
        };
        sum_is(rescaled.clone(), 16.0 / 7.0);
        sum_is(raw(ScoreAggregation::by(AggregateFunction::Max)), 16.0);
        let both = ScoreAggregation {
            normalize: Some(true),
            ..rescaled
        };
        let error = aggregated(both).unwrap_err().to_string();
        assert_eq!(error, "scores: normalize and rescale cannot both be done");
    }

    #[test]
    fn what_was_folded_can_only_be_normalized() {
        let folded = small_attribution(&[1.0, 2.0], &[1.0, f32::NAN]);
        let norm = ScoreAggregation::default().apply(&folded, true).unwrap();
        assert_eq!(norm.source_attributions.unwrap().values, [0.25, 0.5]);
        let mean = ScoreAggregation::by(AggregateFunction::Mean);
        let error = mean.apply(&folded, true).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("scores: mean needs hidden coordinates")
        );
        assert!(ScoreAggregation::default().apply(&folded, false).is_err());
    }
}
