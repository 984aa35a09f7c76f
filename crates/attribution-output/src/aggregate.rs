//! From raw scores to one number per pair of tokens: pure functions from an
//! [`Attribution`] to another.

mod axes;
mod field_defaults;
mod function;
mod normalize;
mod pair;
mod rollout;
mod scores;
mod selection;
mod slices;
mod spans;
mod split;
mod stage;
mod subwords;
mod weight;

pub use axes::{aggregate_axis, select_index};
pub use function::AggregateFunction;
pub use normalize::{normalize, rescale};
pub use pair::pair;
pub use rollout::RolloutAggregation;
pub use scores::ScoreAggregation;
pub use selection::Selection;
pub use slices::SliceAggregation;
pub use spans::{SpanAggregation, Spans};
pub use split::{SplitAggregation, SplitMode};
pub use stage::{Stage, aggregator_ids, stages_from_ids};
pub use subwords::{Marks, SubwordAggregation};
pub use weight::weight_attributions;

use crate::{Attribution, AttributionOutput, Axis, Compatibility, Error, Kind, Result};

/// Our key in `info`: in words, the stages that made the numbers, if they are not raw.
pub const AGGREGATION: &str = "aggregation";

/// Makes matrices `[inputs, targets]` of raw scores, the way that fits their kind:
/// the [default stages](default_stages).
///
/// Aggregating what is aggregated changes nothing beyond rounding; in Inseq, whose
/// default this is otherwise, it is an error.
pub fn aggregate(attribution: &Attribution) -> Result<Attribution> {
    let stages = default_stages(attribution);
    aggregate_with(attribution, &stages, Compatibility::Corrected)
}

/// The stages that make matrices of raw scores, the way that fits their kind.
///
/// - Granular: the vector norm over hidden coordinates, then each target's column
///   [normalized](normalize). Where the engine has folded the coordinates already,
///   only normalized. If there are layers, then their mean, normalized too.
/// - Several layers or heads: the mean over heads, then over layers, each followed
///   by normalizing.
/// - Coarse and plain: none.
pub fn default_stages(attribution: &Attribution) -> Vec<Stage> {
    let by = |function| Stage::Scores(ScoreAggregation::by(function));
    let n_means = [Axis::Heads, Axis::Layers]
        .into_iter()
        .filter(|&axis| axes::has_axis(attribution, axis))
        .count();
    let means = vec![by(AggregateFunction::Mean); n_means];
    match attribution.kind {
        Kind::Granular => [vec![by(AggregateFunction::VectorNorm)], means].concat(),
        Kind::MultiDimensional => means,
        Kind::Coarse | Kind::Plain => Vec::new(),
    }
}

/// Aggregates in stages, one after the other.
///
/// What an attribution must be for a stage, and what becomes of it, is said at each
/// stage. It is an error if the attribution contradicts itself.
/// [`Stage::Pair`] needs a second attribution: [`aggregate_pair`].
pub fn aggregate_with(
    attribution: &Attribution,
    stages: &[Stage],
    compatibility: Compatibility,
) -> Result<Attribution> {
    run(attribution, None, stages, compatibility)
}

/// Aggregates the change from one attribution to another.
///
/// Stages before [`Stage::Pair`] are done to both, those after it to the change. If it
/// is not among the stages, it comes last.
pub fn aggregate_pair(
    first: &Attribution,
    second: &Attribution,
    stages: &[Stage],
    compatibility: Compatibility,
) -> Result<Attribution> {
    if stages.contains(&Stage::Pair) {
        return run(first, Some(second), stages, compatibility);
    }
    let stages = [stages, &[Stage::Pair]].concat();
    run(first, Some(second), &stages, compatibility)
}

impl AttributionOutput {
    /// Aggregates each sequence in the same stages, and keeps in `info` what they were.
    pub fn aggregate(&self, stages: &[Stage], compatibility: Compatibility) -> Result<Self> {
        let aggregate = |sequence| aggregate_with(sequence, stages, compatibility);
        let mut info = self.info.clone();
        let kind = self
            .sequences
            .first()
            .map_or(Kind::Plain, |first| first.kind);
        let words: Vec<String> = stages.iter().map(|stage| stage.in_words(kind)).collect();
        info.insert(AGGREGATION.to_owned(), words.join("; then ").into());
        Ok(Self {
            info,
            sequences: self
                .sequences
                .iter()
                .map(aggregate)
                .collect::<Result<_>>()?,
        })
    }
}

fn run(
    attribution: &Attribution,
    second: Option<&Attribution>,
    stages: &[Stage],
    compatibility: Compatibility,
) -> Result<Attribution> {
    attribution.check()?;
    let mut aggregated = attribution.clone();
    let mut may_be_folded = true;
    for (index, stage) in stages.iter().enumerate() {
        aggregated = match stage {
            Stage::Scores(options) => {
                let aggregated = options.apply(&aggregated, may_be_folded)?;
                may_be_folded = false;
                aggregated
            }
            Stage::Spans(options) => options.apply(&aggregated, compatibility)?,
            Stage::Slices(options) => options.apply(&aggregated, compatibility)?,
            Stage::Subwords(options) => options.apply(&aggregated, compatibility)?,
            Stage::Split(options) => options.apply(&aggregated, compatibility)?,
            Stage::Rollout(options) => options.apply(&aggregated)?,
            Stage::Pair => {
                let second = second.ok_or_else(|| Error::Option {
                    stage: "pair",
                    reason: "a second attribution is needed".to_owned(),
                })?;
                pair(
                    &aggregated,
                    &run(second, None, &stages[..index], compatibility)?,
                )?
            }
        };
    }
    Ok(aggregated)
}

/// What the default aggregation does to a kind, in words for a reader of its numbers.
pub fn aggregation_in_words(kind: Kind) -> &'static str {
    match kind {
        Kind::Granular => "vector norm over hidden coordinates, columns sum to 1",
        Kind::MultiDimensional => "mean over heads and layers, columns sum to 1",
        Kind::Coarse => "none, one value for each pair of tokens",
        Kind::Plain => "none",
    }
}

#[cfg(test)]
pub(crate) mod tests;
