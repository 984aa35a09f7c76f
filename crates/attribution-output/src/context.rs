use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::inseq_json::parse::parse_file;

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
    /// Every setting a number depends on.
    #[serde(default)]
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

    /// Reads a file of ours or Inseq's.
    ///
    /// # Errors
    /// If the text is not such a file.
    pub fn from_json(text: &str) -> Result<Self, String> {
        let value = parse_file(text.as_bytes()).map_err(|error| error.to_string())?;
        serde_json::from_value(value).map_err(|error| error.to_string())
    }
}
