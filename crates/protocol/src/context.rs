use attribution_output::Stage;
use serde::{Deserialize, Serialize};

use crate::AttributeRequest;

/// Which output tokens hang on a context, and on which of its tokens: PECoRe (Sarti et
/// al. 2024, <https://arxiv.org/abs/2310.01188>). Field names are those of Inseq's
/// `attribute-context`.
///
/// Templates are texts with `{current}` and, where there is a context, `{context}` in
/// them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ContextRequest {
    /// Model, method, attributed function, their options, how to generate. Its texts,
    /// positions and step scores are not used.
    pub settings: AttributeRequest,
    /// The prompt or source text whose output is looked at.
    pub input_current_text: String,
    /// What comes before it.
    pub input_context_text: Option<String>,
    /// How both become an input; `{context} {current}` if `None` and there is a
    /// context.
    pub input_template: Option<String>,
    /// The output that is looked at; generated if `None`.
    pub output_current_text: Option<String>,
    /// What comes before it.
    pub output_context_text: Option<String>,
    /// How both become an output; `{context} {current}` if `None` and there is a
    /// context. It ends with `{current}`.
    pub output_template: Option<String>,
    /// The input without context.
    pub contextless_input_current_text: String,
    /// The output without context. It ends with `{current}`.
    pub contextless_output_current_text: String,
    /// Id of the step function that compares the output without context with the same
    /// in context.
    pub context_sensitivity_metric: String,
    /// Output tokens are chosen whose score's magnitude is so many standard deviations
    /// above the mean; all of them if `None`.
    pub context_sensitivity_std_threshold: Option<f32>,
    /// At most so many of them.
    pub context_sensitivity_topk: Option<usize>,
    /// What the model is made to write without context at the chosen tokens, a text for
    /// each; generated if empty.
    pub contextless_output_next_tokens: Vec<String>,
    /// What stands between prompt and output of a decoder-only model.
    pub decoder_input_output_separator: String,
    /// What is done if `output_template` has a context that is not given.
    #[serde(default)]
    pub handle_output_context_strategy: OutputContextStrategy,
    /// Special tokens that stay in what the model writes, where a template's separator
    /// may be one of them. In given texts all stay.
    #[serde(default)]
    pub special_tokens_to_keep: Vec<String>,
    /// Context tokens are highlighted whose score's magnitude is so many standard
    /// deviations above the mean of both contexts; all of them if `None`. It decides
    /// what is shown, and no number.
    #[serde(default = "default_std_threshold")]
    pub attribution_std_threshold: Option<f32>,
    /// At most so many of them in each context.
    #[serde(default)]
    pub attribution_topk: Option<usize>,
    /// How a chosen token's attributions become one number for each context token: only
    /// aggregators that leave tokens as they are. Those that fit the method if empty.
    #[serde(default)]
    pub attribution_aggregators: Vec<Stage>,
    /// Make these numbers sum to 1 over all that a token was attributed to, where no
    /// aggregators are given; those have an option of their own for that.
    #[serde(default)]
    pub normalize_attributions: bool,
}

/// Where an output's context comes from that a template asks for and nobody gives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutputContextStrategy {
    /// From what the model writes: all before the template's separator, if it is there
    /// once, or the first of two words.
    Auto,
    /// From nowhere: it must be given.
    #[default]
    Pre,
}

fn default_std_threshold() -> Option<f32> {
    Some(1.0)
}

impl ContextRequest {
    /// A request with Inseq's defaults.
    pub fn new(settings: AttributeRequest, input_current_text: impl Into<String>) -> Self {
        Self {
            settings,
            input_current_text: input_current_text.into(),
            input_context_text: None,
            input_template: None,
            output_current_text: None,
            output_context_text: None,
            output_template: None,
            contextless_input_current_text: "{current}".to_owned(),
            contextless_output_current_text: "{current}".to_owned(),
            context_sensitivity_metric: "kl_divergence".to_owned(),
            context_sensitivity_std_threshold: default_std_threshold(),
            context_sensitivity_topk: None,
            contextless_output_next_tokens: Vec::new(),
            decoder_input_output_separator: " ".to_owned(),
            handle_output_context_strategy: OutputContextStrategy::default(),
            special_tokens_to_keep: Vec::new(),
            attribution_std_threshold: default_std_threshold(),
            attribution_topk: None,
            attribution_aggregators: Vec::new(),
            normalize_attributions: false,
        }
    }
}
