use crate::{AggregateFunction, Attribution, Axis, Result, Scores};

/// Makes one value of all along an axis, in every matrix that has it.
///
/// Nothing is normalized.
pub fn aggregate_axis(
    attribution: &Attribution,
    axis: Axis,
    function: AggregateFunction,
) -> Result<Attribution> {
    map_scores_with(attribution, axis, |scores| scores.reduce(axis, function))
}

/// Keeps one layer, head or coordinate, in every matrix that has the axis.
///
/// Nothing is normalized.
pub fn select_index(attribution: &Attribution, axis: Axis, index: usize) -> Result<Attribution> {
    map_scores_with(attribution, axis, |scores| scores.select_index(axis, index))
}

/// Whether any matrix of attributions has the axis.
pub(super) fn has_axis(attribution: &Attribution, axis: Axis) -> bool {
    let parts = [
        &attribution.source_attributions,
        &attribution.target_attributions,
    ];
    parts
        .into_iter()
        .flatten()
        .chain(attribution.sequence_scores.values())
        .any(|scores| scores.position(axis).is_some())
}

fn map_scores_with(
    attribution: &Attribution,
    axis: Axis,
    change: impl Fn(&Scores) -> Result<Scores>,
) -> Result<Attribution> {
    let change = |scores: &Scores| match scores.position(axis) {
        Some(_) => change(scores),
        None => Ok(scores.clone()),
    };
    let change_part = |part: &Option<Scores>| part.as_ref().map(change).transpose();
    Ok(Attribution {
        source_attributions: change_part(&attribution.source_attributions)?,
        target_attributions: change_part(&attribution.target_attributions)?,
        sequence_scores: attribution
            .sequence_scores
            .iter()
            .map(|(name, scores)| Ok((name.clone(), change(scores)?)))
            .collect::<Result<_>>()?,
        ..attribution.clone_without_scores()
    })
}
