use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::inseq_json::parse::parse_file;
use crate::{Attribution, AttributionOutput, Axis, Kind, Scores, Spelling, Token};

/// What hangs on a context: output tokens, and for each of the chosen ones the context
/// tokens it depends on. Keys, order and spelling are those of Inseq's
/// `attribute-context`; numbers that are none are null.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ContextAttribution {
    /// What came before the input.
    pub input_context: Option<String>,
    /// Its tokens.
    pub input_context_tokens: Option<Vec<String>>,
    /// What came before the output.
    pub output_context: Option<String>,
    /// Its tokens.
    pub output_context_tokens: Option<Vec<String>>,
    /// The output that is looked at.
    pub output_current: String,
    /// Its tokens.
    pub output_current_tokens: Vec<String>,
    /// How much each of them hangs on the context.
    pub cti_scores: Vec<f32>,
    /// The chosen ones, those that hang on it most first.
    pub cci_scores: Vec<ContextCues>,
    /// Every setting a number depends on; files that leave it out have none.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub info: Map<String, Value>,
}

/// What one output token depends on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ContextCues {
    /// Which of the output's tokens.
    pub cti_idx: usize,
    /// The token.
    pub cti_token: String,
    /// How much it hangs on the context.
    pub cti_score: f32,
    /// The text up to it, in context.
    pub contextual_output: String,
    /// What stands there without context; `None` if the function compares nothing.
    pub contrast_token: Option<String>,
    /// The text up to that, without context.
    pub contextless_output: Option<String>,
    /// Of each token of the input's context.
    pub input_context_scores: Option<Vec<Option<f32>>>,
    /// Of each token of the output's context.
    pub output_context_scores: Option<Vec<Option<f32>>>,
}

impl ContextAttribution {
    /// The text of the file.
    pub fn to_json(&self) -> String {
        let mut text = Vec::new();
        let indent = serde_json::ser::PrettyFormatter::with_indent(b"    ");
        let mut serializer = serde_json::Serializer::with_formatter(&mut text, indent);
        let written = self.serialize(&mut serializer);
        written.expect("texts and numbers can be written");
        String::from_utf8(text).expect("JSON is UTF-8")
    }

    /// The same as a matrix, to be drawn: context tokens are its rows, chosen output
    /// tokens its columns, how much they hang on the context a score below. `None` if
    /// none was chosen.
    ///
    /// # Errors
    /// If scores do not fit the tokens.
    pub fn to_output(&self) -> crate::Result<Option<AttributionOutput>> {
        if self.cci_scores.is_empty() {
            return Ok(None);
        }
        let chosen = self.cci_scores.iter();
        let tokens = |tokens: &Option<Vec<String>>| -> Vec<Token> {
            let tokens = tokens.iter().flatten();
            // These files know no ids.
            tokens.map(|token| Token::new(-1, token)).collect()
        };
        let before = tokens(&self.output_context_tokens);
        let (start, n_chosen) = (before.len(), self.cci_scores.len());
        let chosen_tokens = chosen.clone().map(|cues| Token::new(-1, &cues.cti_token));
        let class = |key: &str| {
            self.info
                .get(key)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        let sequence = Attribution {
            kind: Kind::Coarse,
            spelling: Spelling::from_class_names(class("tokenizer_class"), class("model_class")),
            source: tokens(&self.input_context_tokens),
            target: before.into_iter().chain(chosen_tokens).collect(),
            source_attributions: self.matrix(0, |cues| &cues.input_context_scores)?,
            target_attributions: self.matrix(n_chosen, |cues| &cues.output_context_scores)?,
            step_scores: [(
                class("context_sensitivity_metric").to_owned(),
                chosen.map(|cues| cues.cti_score).collect(),
            )]
            .into(),
            sequence_scores: BTreeMap::new(),
            attr_pos_start: start,
            attr_pos_end: start + n_chosen,
        };
        Ok(Some(AttributionOutput {
            info: self.info.clone(),
            sequences: vec![sequence],
        }))
    }

    /// `[context tokens, chosen tokens]`, with `n_below` rows below that say nothing.
    fn matrix(
        &self,
        n_below: usize,
        scores: impl Fn(&ContextCues) -> &Option<Vec<Option<f32>>>,
    ) -> crate::Result<Option<Scores>> {
        let columns: Option<Vec<&Vec<Option<f32>>>> = self
            .cci_scores
            .iter()
            .map(|cues| scores(cues).as_ref())
            .collect();
        let Some(columns) = columns else {
            return Ok(None);
        };
        let n_rows = columns.first().map_or(0, |column| column.len());
        let values = (0..n_rows + n_below).flat_map(|row| {
            let value = move |column: &&Vec<Option<f32>>| column.get(row).copied().flatten();
            columns
                .iter()
                .map(move |column| value(column).unwrap_or(f32::NAN))
        });
        let values = values.collect();
        let shape = vec![n_rows + n_below, columns.len()];
        Scores::new(vec![Axis::Inputs, Axis::Targets], shape, values).map(Some)
    }

    /// Reads a file of ours or Inseq's.
    ///
    /// # Errors
    /// If the text is not such a file.
    pub fn from_json(text: &str) -> Result<Self, String> {
        let value = parse_file(text.as_bytes()).map_err(|error| error.to_string())?;
        serde_json::from_value(value).map_err(|error| error.to_string())
    }
}
