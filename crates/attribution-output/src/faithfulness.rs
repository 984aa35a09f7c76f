use serde::{Deserialize, Deserializer, Serialize};

/// Whether the model needs what an attribution says it needs: what becomes of the
/// targets' scores when the tokens that gave most are removed, and when all others are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Faithfulness {
    /// Every setting that a number depends on, beside model, text and step function.
    pub settings: FaithfulnessSettings,
    /// One for each attributed target, in their order.
    pub targets: Vec<TargetFaithfulness>,
    /// Their mean.
    pub mean: FaithfulnessMeasures,
}

/// How faithfulness is measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FaithfulnessSettings {
    /// Which shares of the tokens are removed, and kept; each from 0 to 1, rising.
    pub fractions: Vec<f64>,
    /// What stands for a removed token.
    pub removal: Removal,
    /// What orders the tokens.
    pub ranking: Ranking,
    /// How many texts with random holes the soft measures are the mean of, and how many
    /// texts with random tokens the others, if tokens are removed so; at least 1.
    pub n_samples: usize,
    /// Equal seeds draw equal texts.
    pub seed: u32,
}

/// What stands for a removed token. Tokens before and after it stay where they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Removal {
    /// The unknown token, as in occlusion; for GPT-2 that is the end of text, as in
    /// Inseq.
    #[default]
    Unknown,
    /// A random token that is spelled alike, as in ReAGent.
    SameKind,
}

/// What orders the tokens, and says how much of each is kept in the soft measures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ranking {
    /// The attribution.
    #[default]
    Attribution,
    /// Chance: what an attribution that knows nothing reaches.
    Random,
}

/// The measures for one target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TargetFaithfulness {
    /// Its place in the output, from 0.
    pub position: usize,
    /// As the tokenizer spells it.
    pub token: String,
    /// How many tokens before it can be removed: those that were attributed to, less
    /// special ones.
    pub n_tokens: usize,
    /// The measures.
    pub measures: FaithfulnessMeasures,
}

/// The measures, in units of the step function.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FaithfulnessMeasures {
    /// The score of the text as it is.
    #[serde(deserialize_with = "number_or_null")]
    pub score: f64,
    /// The score when all tokens that can be removed are.
    #[serde(deserialize_with = "number_or_null")]
    pub score_without_all: f64,
    /// The mean of the curve's comprehensiveness; high is faithful.
    #[serde(deserialize_with = "number_or_null")]
    pub comprehensiveness: f64,
    /// The mean of the curve's sufficiency; low is faithful.
    #[serde(deserialize_with = "number_or_null")]
    pub sufficiency: f64,
    /// By how much the score falls when parts of embeddings are lost, the more of a
    /// token the more it gave; high is faithful.
    #[serde(deserialize_with = "number_or_null")]
    pub soft_comprehensiveness: f64,
    /// By how much it falls when the other parts are lost; low is faithful.
    #[serde(deserialize_with = "number_or_null")]
    pub soft_sufficiency: f64,
    /// One point for each fraction.
    pub curve: Vec<FaithfulnessPoint>,
}

/// The measures for one share of the tokens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FaithfulnessPoint {
    /// The share; of a target's tokens it is rounded up to a whole number.
    pub fraction: f64,
    /// By how much the score falls without the tokens that gave most.
    #[serde(deserialize_with = "number_or_null")]
    pub comprehensiveness: f64,
    /// By how much it falls with them alone.
    #[serde(deserialize_with = "number_or_null")]
    pub sufficiency: f64,
}

impl Default for FaithfulnessSettings {
    /// The fractions of ERASER's program, 20 samples.
    fn default() -> Self {
        Self {
            fractions: vec![0.01, 0.05, 0.1, 0.2, 0.5],
            removal: Removal::default(),
            ranking: Ranking::default(),
            n_samples: 20,
            seed: 0,
        }
    }
}

impl Faithfulness {
    /// From the measures of each target.
    pub fn new(settings: FaithfulnessSettings, targets: Vec<TargetFaithfulness>) -> Self {
        let measures = targets.iter().map(|target| &target.measures);
        let mean = FaithfulnessMeasures::mean(&measures.collect::<Vec<_>>());
        Self {
            settings,
            targets,
            mean,
        }
    }
}

impl FaithfulnessMeasures {
    /// The four numbers that a row of a table has: comprehensiveness and sufficiency, then
    /// their soft variants.
    pub fn in_a_row(&self) -> [f64; 4] {
        [
            self.comprehensiveness,
            self.sufficiency,
            self.soft_comprehensiveness,
            self.soft_sufficiency,
        ]
    }

    /// The mean of some, which have the same fractions.
    pub fn mean(all: &[&Self]) -> Self {
        let mean = |value: &dyn Fn(&Self) -> f64| {
            all.iter().map(|measures| value(measures)).sum::<f64>() / all.len() as f64
        };
        let points = all.first().map_or(&[][..], |first| &first.curve);
        let point = |(index, point): (usize, &FaithfulnessPoint)| FaithfulnessPoint {
            fraction: point.fraction,
            comprehensiveness: mean(&|measures| measures.curve[index].comprehensiveness),
            sufficiency: mean(&|measures| measures.curve[index].sufficiency),
        };
        Self {
            score: mean(&|measures| measures.score),
            score_without_all: mean(&|measures| measures.score_without_all),
            comprehensiveness: mean(&|measures| measures.comprehensiveness),
            sufficiency: mean(&|measures| measures.sufficiency),
            soft_comprehensiveness: mean(&|measures| measures.soft_comprehensiveness),
            soft_sufficiency: mean(&|measures| measures.soft_sufficiency),
            curve: points.iter().enumerate().map(point).collect(),
        }
    }
}

/// JSON has no word for a number that is none.
fn number_or_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let number = Option::<f64>::deserialize(deserializer)?;
    Ok(number.unwrap_or(f64::NAN))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measures(score: f64) -> FaithfulnessMeasures {
        FaithfulnessMeasures {
            score,
            comprehensiveness: score / 2.0,
            curve: vec![FaithfulnessPoint {
                fraction: 0.5,
                comprehensiveness: score / 2.0,
                sufficiency: 0.25,
            }],
            ..FaithfulnessMeasures::default()
        }
    }

    #[test]
    fn the_mean_is_taken_point_by_point() {
        let mean = FaithfulnessMeasures::mean(&[&measures(0.5), &measures(1.0)]);
        assert_eq!(mean, measures(0.75));
    }

    #[test]
    fn a_number_that_is_none_survives_json() {
        let json = serde_json::to_string(&measures(f64::INFINITY)).unwrap();
        let read: FaithfulnessMeasures = serde_json::from_str(&json).unwrap();
        assert!(read.score.is_nan());
        assert_eq!(read.sufficiency, 0.0);
    }

    #[test]
    fn settings_that_are_not_given_are_the_defaults() {
        let settings: FaithfulnessSettings =
            serde_json::from_str(r#"{"removal": "same_kind"}"#).unwrap();
        let expected = FaithfulnessSettings {
            removal: Removal::SameKind,
            ..FaithfulnessSettings::default()
        };
        assert_eq!(settings, expected);
        assert!(serde_json::from_str::<FaithfulnessSettings>(r#"{"fraction": 1}"#).is_err());
    }
}
