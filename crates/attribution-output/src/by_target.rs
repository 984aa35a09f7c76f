use std::collections::BTreeMap;

use serde::Serialize;

use crate::{Attribution, Error, Result, Scores, Token};

/// All that is known of one produced token.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TargetScores {
    /// The produced token.
    pub target: Located,
    /// What each source token gave to it; none if no source was attributed.
    pub source_attributions: Vec<Share>,
    /// What each token of the output, prompt included, gave to it; `None` for those
    /// that are not before it.
    pub target_attributions: Vec<Share>,
    /// By name, what step functions say of it.
    pub step_scores: BTreeMap<String, f32>,
}

/// A token at its position in its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Located {
    /// From 0.
    pub position: usize,
    /// As the tokenizer spells it.
    pub token: String,
}

/// What one token gave to another.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Share {
    /// The token that gave.
    #[serde(flatten)]
    pub from: Located,
    /// How much.
    pub value: Option<f32>,
}

impl Attribution {
    /// The scores token by token, as plain data to look things up in. It is an error if
    /// layers, heads or hidden coordinates are left.
    ///
    /// Inseq: `get_scores_dicts`.
    pub fn by_target(&self) -> Result<Vec<TargetScores>> {
        self.check()?;
        let shares = |part: &Option<Scores>, tokens: &[Token], column: usize| {
            let Some(scores) = part else {
                return Ok(Vec::new());
            };
            let &[_, n_columns] = scores.shape.as_slice() else {
                return Err(Error::Mismatch {
                    place: "attributions".to_owned(),
                    expected: "a matrix, so aggregate first".to_owned(),
                    found: format!("shape {:?}", scores.shape),
                });
            };
            let share = |(row, token): (usize, &Token)| {
                let value = scores.values[row * n_columns + column];
                Share {
                    from: located(row, token),
                    value: (!value.is_nan()).then_some(value),
                }
            };
            Ok(tokens.iter().enumerate().map(share).collect())
        };
        let of_target = |(column, token): (usize, &Token)| {
            let steps = self.step_scores.iter();
            Ok(TargetScores {
                target: located(self.attr_pos_start + column, token),
                source_attributions: shares(&self.source_attributions, &self.source, column)?,
                target_attributions: shares(&self.target_attributions, self.prefix(), column)?,
                step_scores: steps
                    .map(|(name, scores)| (name.clone(), scores[column]))
                    .collect(),
            })
        };
        self.targets().iter().enumerate().map(of_target).collect()
    }
}

pub(crate) fn located(position: usize, token: &Token) -> Located {
    Located {
        position,
        token: token.token.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Axis;
    use crate::attribution::tests::small_attribution;

    #[test]
    fn every_target_has_its_column() {
        let attribution = small_attribution(&[0.25, 0.5], &[0.125, f32::NAN]);
        let targets = attribution.by_target().unwrap();
        assert_eq!(
            serde_json::to_value(&targets).unwrap(),
            serde_json::json!([{
                "target": {"position": 1, "token": "▁Bon"},
                "source_attributions": [
                    {"position": 0, "token": "▁Good", "value": 0.25},
                    {"position": 1, "token": "</s>", "value": 0.5},
                ],
                "target_attributions": [
                    {"position": 0, "token": "<pad>", "value": 0.125},
                    {"position": 1, "token": "▁Bon", "value": null},
                ],
                "step_scores": {"probability": 0.5},
            }])
        );
    }

    #[test]
    fn layers_must_be_aggregated_first() {
        let mut attribution = small_attribution(&[0.25, 0.5], &[0.125, f32::NAN]);
        let axes = vec![Axis::Inputs, Axis::Targets, Axis::Layers];
        attribution.source_attributions = Scores::new(axes, vec![2, 1, 1], vec![1.0; 2]).ok();
        assert_eq!(
            attribution.by_target().unwrap_err().to_string(),
            "attributions: expected a matrix, so aggregate first, found shape [2, 1, 1]"
        );
    }
}
