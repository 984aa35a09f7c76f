use super::aggregate;
use crate::{Attribution, Error, Kind, Result, Scores};

/// Multiplies each target's attributions, aggregated by default, by what a step
/// function says of it; a target that is hardly probable then hardly shows.
///
/// The result is [`Kind::Coarse`]: nothing is left to be aggregated. Inseq:
/// `weight_attributions`.
pub fn weight_attributions(attribution: &Attribution, step_score: &str) -> Result<Attribution> {
    attribution.check()?;
    let Some(weights) = attribution.step_scores.get(step_score) else {
        return Err(Error::UnknownStepScore {
            asked: step_score.to_owned(),
            known: attribution.step_scores.keys().cloned().collect(),
        });
    };
    let mut weighted = aggregate(attribution)?;
    let parts = [
        &mut weighted.source_attributions,
        &mut weighted.target_attributions,
    ];
    for scores in parts.into_iter().flatten() {
        weight_columns(scores, weights);
    }
    if weighted.kind != Kind::Plain {
        weighted.kind = Kind::Coarse;
    }
    Ok(weighted)
}

fn weight_columns(scores: &mut Scores, weights: &[f32]) {
    for row in scores.values.chunks_mut(weights.len().max(1)) {
        for (value, weight) in row.iter_mut().zip(weights) {
            *value *= weight;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribution::tests::small_attribution;

    #[test]
    fn columns_are_multiplied_by_their_score() {
        let attribution = small_attribution(&[1.0, 2.0], &[1.0, f32::NAN]);
        let weighted = weight_attributions(&attribution, "probability").unwrap();
        assert_eq!(weighted.kind, Kind::Coarse);
        assert_eq!(weighted.source_attributions.unwrap().values, [0.125, 0.25]);
        assert_eq!(weighted.target_attributions.unwrap().values[0], 0.125);
    }

    #[test]
    fn a_score_that_is_not_there_is_named() {
        let attribution = small_attribution(&[1.0, 2.0], &[1.0, f32::NAN]);
        let error = weight_attributions(&attribution, "probabilty").unwrap_err();
        assert_eq!(
            error.to_string(),
            "there is no step score \"probabilty\"; there are probability"
        );
        assert_eq!(error.hint().unwrap(), "did you mean \"probability\"?");
    }
}
