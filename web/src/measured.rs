//! How faithful results are to their model, kept as long as they are of one text, so
//! that methods can be compared.

use attribution_output::{
    AttributionOutput, Faithfulness, FaithfulnessMeasures, FaithfulnessSettings, Ranking, Token,
};
use protocol::{FaithfulnessRequest, Work};
use serde_json::Value;

use crate::{shown::Shown, words::key};

/// The row of what knows nothing.
pub(crate) const BY_CHANCE: &str = key("random order");

/// Settings that a score hangs on, beside the text.
const OF_SCORE: [&str; 6] = [
    "model_name",
    "attributed_fn",
    "attributed_fn_args",
    "custom_step_functions",
    "include_eos_baseline",
    "compatibility",
];

/// Measures of results of one text.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Measured {
    question: Option<Question>,
    /// With their names, in the order in which they were measured; chance is last.
    rows: Vec<(String, FaithfulnessMeasures)>,
}

/// What is measured, whatever the method: answers to different questions are not
/// compared.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Question {
    source: Vec<Token>,
    target: Vec<Token>,
    positions: [usize; 2],
    is_output_attributed: bool,
    of_score: Vec<Option<Value>>,
    /// The ranking is not looked at.
    settings: FaithfulnessSettings,
}

impl Question {
    /// That of a result.
    pub(crate) fn new(output: &AttributionOutput, settings: &FaithfulnessSettings) -> Option<Self> {
        let first = output.sequences.first()?;
        let of_score = OF_SCORE.iter();
        Some(Self {
            source: first.source.clone(),
            target: first.target.clone(),
            positions: [first.attr_pos_start, first.attr_pos_end],
            is_output_attributed: first.target_attributions.is_some(),
            of_score: of_score.map(|key| output.info.get(*key).cloned()).collect(),
            settings: FaithfulnessSettings {
                ranking: Ranking::default(),
                ..settings.clone()
            },
        })
    }
}

impl Measured {
    /// The rows of a question; none if others were measured.
    pub(crate) fn rows_for(
        &self,
        question: Option<&Question>,
    ) -> &[(String, FaithfulnessMeasures)] {
        match &self.question {
            Some(own) if Some(own) == question => &self.rows,
            _ => &[],
        }
    }

    /// Takes what was measured of a result. A row of the same name is replaced.
    pub(crate) fn add(&mut self, question: Option<Question>, method: &str, found: &Faithfulness) {
        if self.question != question {
            self.rows.clear();
            self.question = question;
        }
        let name = match found.settings.ranking {
            Ranking::Attribution => method,
            Ranking::Random => BY_CHANCE,
        };
        self.rows.retain(|(other, _)| other != name);
        let is_chance = |(name, _): &(String, _)| name == BY_CHANCE;
        let chance = self.rows.iter().position(is_chance);
        let place = chance.unwrap_or(self.rows.len());
        self.rows
            .insert(place, (name.to_owned(), found.mean.clone()));
    }
}

/// What is asked of the engine for a result: its own measures, then those of chance.
pub(crate) fn requests(shown: &Shown, settings: &FaithfulnessSettings) -> [Work; 2] {
    let request = |ranking| FaithfulnessRequest {
        model: shown.model_address().to_owned(),
        inseq_json: shown.inseq_json.clone(),
        settings: FaithfulnessSettings {
            ranking,
            ..settings.clone()
        },
    };
    [Ranking::Attribution, Ranking::Random].map(|it| Work::MeasureFaithfulness(request(it)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(ranking: Ranking, score: f64) -> Faithfulness {
        Faithfulness {
            settings: FaithfulnessSettings {
                ranking,
                ..FaithfulnessSettings::default()
            },
            targets: Vec::new(),
            mean: FaithfulnessMeasures {
                score,
                ..FaithfulnessMeasures::default()
            },
        }
    }

    fn question(fractions: &[f64]) -> Option<Question> {
        let settings = FaithfulnessSettings {
            fractions: fractions.to_vec(),
            ..FaithfulnessSettings::default()
        };
        Question::new(&Shown::stored_example().output, &settings)
    }

    #[test]
    fn methods_are_compared_with_chance_last() {
        let mut measured = Measured::default();
        let same = question(&[0.5]);
        measured.add(same.clone(), "saliency", &found(Ranking::Attribution, 1.0));
        measured.add(same.clone(), "saliency", &found(Ranking::Random, 2.0));
        measured.add(same.clone(), "occlusion", &found(Ranking::Attribution, 3.0));
        measured.add(same.clone(), "saliency", &found(Ranking::Attribution, 4.0));
        let rows = measured.rows_for(same.as_ref()).iter();
        let rows: Vec<_> = rows
            .map(|(name, mean)| (name.as_str(), mean.score))
            .collect();
        assert_eq!(
            rows,
            [("occlusion", 3.0), ("saliency", 4.0), (BY_CHANCE, 2.0)]
        );
    }

    #[test]
    fn another_question_begins_anew() {
        let mut measured = Measured::default();
        let [one, other] = [question(&[0.5]), question(&[0.2])];
        measured.add(one.clone(), "saliency", &found(Ranking::Attribution, 1.0));
        assert!(measured.rows_for(other.as_ref()).is_empty());
        measured.add(other.clone(), "saliency", &found(Ranking::Attribution, 2.0));
        assert_eq!(measured.rows_for(other.as_ref()).len(), 1);
        assert!(measured.rows_for(one.as_ref()).is_empty());
    }
}
