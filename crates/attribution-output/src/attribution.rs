use std::collections::BTreeMap;

use crate::scores::are_close;
use crate::{Error, Result, Scores, Spelling, Token};

/// The result of one run: settings, and one [`Attribution`] per sequence.
#[derive(Clone, Debug)]
pub struct AttributionOutput {
    /// How it was made; Inseq's `info`, keys as there.
    pub info: serde_json::Map<String, serde_json::Value>,
    /// One per sequence.
    pub sequences: Vec<Attribution>,
}

impl AttributionOutput {
    /// Whether two results are the same but for rounding: the same settings, and
    /// sequences that are [close](Attribution::is_close). Inseq's `==`.
    pub fn is_close(&self, other: &Self) -> bool {
        let mut pairs = self.sequences.iter().zip(&other.sequences);
        self.info == other.info
            && self.sequences.len() == other.sequences.len()
            && pairs.all(|(left, right)| left.is_close(right))
    }
}

/// Which input tokens made one sequence's tokens.
#[derive(Clone, Debug)]
pub struct Attribution {
    /// Which default aggregation fits; Inseq's output class.
    pub kind: Kind,
    /// How the tokens are spelled.
    pub spelling: Spelling,
    /// Tokens of the source text, special ones included. For decoder-only models,
    /// the prompt.
    pub source: Vec<Token>,
    /// Tokens of the whole output, with decoder start or prompt.
    pub target: Vec<Token>,
    /// `[source, targets, ..]`; absent for decoder-only models.
    pub source_attributions: Option<Scores>,
    /// `[prefix, targets, ..]`: rows are the tokens of `target`, NaN where a row is
    /// not before its column.
    pub target_attributions: Option<Scores>,
    /// By name, one value per attributed target.
    pub step_scores: BTreeMap<String, Vec<f32>>,
    /// By name, matrices over source or target tokens.
    pub sequence_scores: BTreeMap<String, Scores>,
    /// Position in `target` of the first attributed token.
    pub attr_pos_start: usize,
    /// Position in `target` after the last attributed token.
    pub attr_pos_end: usize,
}

/// The shape of the raw scores, and with it the default aggregation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One value per token and hidden coordinate: vector norm, then columns
    /// normalized.
    Granular,
    /// One value per token: shown as it is.
    Coarse,
    /// One value per token, layer and perhaps head: means, columns normalized.
    MultiDimensional,
    /// No attributions, only step scores.
    Plain,
}

impl Attribution {
    /// The attributed tokens, which label the columns; none if the positions are
    /// outside of the output.
    pub fn targets(&self) -> &[Token] {
        self.target
            .get(self.attr_pos_start..self.attr_pos_end)
            .unwrap_or_default()
    }

    /// The tokens that label the rows of `target_attributions`: the output up to
    /// the last attributed token.
    pub fn prefix(&self) -> &[Token] {
        &self.target[..self.attr_pos_end.min(self.target.len())]
    }

    /// Whether the source is the output's own beginning, as with GPT-2, rather than
    /// a text of its own.
    pub fn is_decoder_only(&self) -> bool {
        self.source_attributions.is_none() && self.target.starts_with(&self.source)
    }

    /// Smallest attribution, or zero if none is below it.
    pub fn minimum(&self) -> f32 {
        self.attributions().fold(0.0, f32::min)
    }

    /// Largest attribution, or zero if none is above it.
    pub fn maximum(&self) -> f32 {
        self.attributions().fold(0.0, f32::max)
    }

    /// Largest absolute value of an attribution; zero if there is none.
    pub fn largest_magnitude(&self) -> f32 {
        self.maximum().max(-self.minimum())
    }

    /// Checks that positions, matrices and step scores fit the tokens. An error
    /// names the field.
    pub fn check(&self) -> Result<()> {
        let mismatch = |place: &str, expected: String, found: String| Error::Mismatch {
            place: place.to_owned(),
            expected,
            found,
        };
        let (start, end) = (self.attr_pos_start, self.attr_pos_end);
        if start > end || end > self.target.len() {
            return Err(mismatch(
                "attr_pos_end",
                format!("positions within {} target tokens", self.target.len()),
                format!("{start} to {end}"),
            ));
        }
        let n_targets = end - start;
        let matrices = [
            (
                "source_attributions",
                &self.source_attributions,
                self.source.len(),
            ),
            ("target_attributions", &self.target_attributions, end),
        ];
        for (place, scores, n_rows) in matrices {
            let Some(scores) = scores else { continue };
            scores.check()?;
            if scores.shape.get(..2) != Some(&[n_rows, n_targets]) {
                return Err(mismatch(
                    place,
                    format!("{n_rows} rows and {n_targets} columns"),
                    format!("shape {:?}", scores.shape),
                ));
            }
        }
        for scores in self.sequence_scores.values() {
            scores.check()?;
        }
        for (name, scores) in &self.step_scores {
            if scores.len() != n_targets {
                return Err(mismatch(
                    &format!("step_scores.{name}"),
                    format!("{n_targets} values"),
                    scores.len().to_string(),
                ));
            }
        }
        Ok(())
    }

    /// Whether two attributions are the same but for rounding: each value within 1e-5,
    /// absolutely or of its magnitude, and NaN only where the other is. Inseq's `==`.
    pub fn is_close(&self, other: &Self) -> bool {
        let is_close = |left: &Option<Scores>, right: &Option<Scores>| match (left, right) {
            (Some(left), Some(right)) => left.is_close(right),
            (left, right) => left.is_none() && right.is_none(),
        };
        let steps = self.step_scores.iter().zip(&other.step_scores);
        let sequences = self.sequence_scores.iter().zip(&other.sequence_scores);
        self.source == other.source
            && self.target == other.target
            && (self.attr_pos_start, self.attr_pos_end)
                == (other.attr_pos_start, other.attr_pos_end)
            && is_close(&self.source_attributions, &other.source_attributions)
            && is_close(&self.target_attributions, &other.target_attributions)
            && self.step_scores.len() == other.step_scores.len()
            && steps.fold(true, |so_far, ((left, a), (right, b))| {
                so_far && left == right && are_close(a, b)
            })
            && self.sequence_scores.len() == other.sequence_scores.len()
            && sequences.fold(true, |so_far, ((left, a), (right, b))| {
                so_far && left == right && a.is_close(b)
            })
    }

    /// A copy of all but the matrices.
    pub(crate) fn clone_without_scores(&self) -> Self {
        Self {
            kind: self.kind,
            spelling: self.spelling,
            source: self.source.clone(),
            target: self.target.clone(),
            source_attributions: None,
            target_attributions: None,
            step_scores: self.step_scores.clone(),
            sequence_scores: BTreeMap::new(),
            attr_pos_start: self.attr_pos_start,
            attr_pos_end: self.attr_pos_end,
        }
    }

    fn attributions(&self) -> impl Iterator<Item = f32> {
        [&self.source_attributions, &self.target_attributions]
            .into_iter()
            .flatten()
            .flat_map(|scores| scores.values.iter().copied())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Two source tokens, a start token, and one target.
    pub(crate) fn small_attribution(source: &[f32], target: &[f32]) -> Attribution {
        let token = |id: i64, token: &str| Token::new(id, token);
        Attribution {
            kind: Kind::Granular,
            spelling: Spelling::SentencePiece,
            source: vec![token(1, "▁Good"), token(2, "</s>")],
            target: vec![token(0, "<pad>"), token(3, "▁Bon")],
            source_attributions: Some(Scores::matrix(2, 1, source.to_vec()).unwrap()),
            target_attributions: Some(Scores::matrix(2, 1, target.to_vec()).unwrap()),
            step_scores: BTreeMap::from([("probability".to_owned(), vec![0.5])]),
            sequence_scores: BTreeMap::new(),
            attr_pos_start: 1,
            attr_pos_end: 2,
        }
    }

    #[test]
    fn extremes_pass_over_nan_and_include_zero() {
        let attribution = small_attribution(&[1.0, 2.0], &[0.5, f32::NAN]);
        assert_eq!(attribution.minimum(), 0.0);
        assert_eq!(attribution.maximum(), 2.0);
    }

    #[test]
    fn equality_is_up_to_rounding() {
        let attribution = small_attribution(&[1.0, 2.0], &[0.5, f32::NAN]);
        let is_close_to = |source: &[f32], target: &[f32]| {
            attribution.is_close(&small_attribution(source, target))
        };
        assert!(is_close_to(&[1.000_001, 2.0], &[0.5, f32::NAN]));
        assert!(!is_close_to(&[1.001, 2.0], &[0.5, f32::NAN]));
        assert!(!is_close_to(&[1.0, 2.0], &[f32::NAN, f32::NAN]));
        let mut other = attribution.clone();
        other
            .step_scores
            .insert("probability".to_owned(), vec![0.75]);
        assert!(!attribution.is_close(&other));
        other.step_scores.clear();
        assert!(!attribution.is_close(&other));
    }

    #[test]
    fn positions_outside_of_the_output_label_nothing() {
        let mut attribution = small_attribution(&[1.0, 2.0], &[0.5, f32::NAN]);
        attribution.attr_pos_end = 7;
        assert!(attribution.targets().is_empty());
        assert_eq!(attribution.prefix().len(), 2);
        assert!(attribution.check().is_err());
    }

    #[test]
    fn a_matrix_that_does_not_fit_its_tokens_is_named() {
        let mut attribution = small_attribution(&[1.0, 2.0], &[0.5, f32::NAN]);
        assert!(attribution.check().is_ok());
        attribution.source.pop();
        assert_eq!(
            attribution.check().unwrap_err().to_string(),
            "source_attributions: expected 1 rows and 1 columns, found shape [2, 1]"
        );
    }
}
