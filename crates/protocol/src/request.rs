use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    ContextRequest, DeviceChoice, EstimatedMethod, FaithfulnessRequest, GenerationSettings,
    OptionValue,
};

/// One thing asked of the engine. Events that answer it carry the same `id`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// Chosen by the asker.
    pub id: u32,
    /// What computes.
    #[serde(default)]
    pub device: DeviceChoice,
    /// How many megabytes (10⁶ bytes) intermediate values may take beside the weights; what
    /// the device makes good use of, if nothing is said. Less takes longer, and gives the
    /// same numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_budget_mb: Option<u32>,
    /// What is asked.
    pub work: Work,
}

/// What can be asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[expect(
    clippy::large_enum_variant,
    reason = "one request at a time exists, and a box would only be in the way"
)]
pub enum Work {
    /// List methods, step functions and their options. Answered by
    /// [`Event::Described`](crate::Event::Described).
    Describe,
    /// Say what is known of the device and of the latest work. Answered by
    /// [`Event::Diagnosed`](crate::Event::Diagnosed).
    Diagnose,
    /// Say what is known of a model before its weights are fetched. Answered by
    /// [`Event::Inspected`](crate::Event::Inspected).
    Inspect {
        /// The model's name or base address, as the file source understands it.
        model: String,
        /// Also say about what a method would cost with it on the request's device, by a
        /// short calibration.
        #[serde(default)]
        estimated: Option<EstimatedMethod>,
    },
    /// List the models whose files are kept for the next visit. Answered by
    /// [`Event::Kept`](crate::Event::Kept).
    ListKept,
    /// Delete the kept files of a model, and list the rest. Answered by
    /// [`Event::Kept`](crate::Event::Kept).
    Forget {
        /// As [`KeptModel`](crate::KeptModel) names it.
        model: String,
    },
    /// Load a model and keep it. Answered by
    /// [`Event::Loaded`](crate::Event::Loaded).
    Load {
        /// The model's name or base address, as the file source understands it.
        model: String,
    },
    /// Split a text into the model's tokens. Answered by
    /// [`Event::Tokenized`](crate::Event::Tokenized). Loads the model if needed.
    Tokenize {
        /// The model's name or base address.
        model: String,
        /// The text.
        text: String,
        /// Read the text as the model's output side. Only encoder-decoder models
        /// have one; for others it is ignored.
        as_target: bool,
    },
    /// Say which token of a contrast text stands against which of an output. Answered by
    /// [`Event::Aligned`](crate::Event::Aligned). Loads the model if needed.
    Align(AlignRequest),
    /// Write an output, as `Attribute` does where none is given. Answered by
    /// [`Event::Generated`](crate::Event::Generated). Loads the model if needed.
    Generate(Box<GenerateRequest>),
    /// Generate if no output is given, then attribute. Answered by
    /// [`Event::Attributed`](crate::Event::Attributed), after
    /// [`Event::Output`](crate::Event::Output) when text was generated. Loads the model if
    /// needed.
    Attribute(AttributeRequest),
    /// Find what hangs on a context. Answered by
    /// [`Event::ContextAttributed`](crate::Event::ContextAttributed). Loads the model if
    /// needed.
    AttributeContext(Box<ContextRequest>),
    /// Measure how faithful a finished attribution is to its model. Answered by
    /// [`Event::FaithfulnessMeasured`](crate::Event::FaithfulnessMeasured). Loads the
    /// model if needed.
    MeasureFaithfulness(FaithfulnessRequest),
}

/// Two outputs whose tokens are to be compared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlignRequest {
    /// The model's name or base address.
    pub model: String,
    /// The prompt of a decoder-only model, with which `output` begins; of no use for
    /// others.
    #[serde(default)]
    pub input_text: String,
    /// The output to explain.
    pub output: String,
    /// The text that it is compared with.
    pub contrast: String,
    /// As a contrastive step function takes it; both are matched from the end if `None`.
    #[serde(default)]
    pub alignment: Option<OptionValue>,
    /// What to do where Inseq makes a mistake.
    #[serde(default)]
    pub compatibility: Compatibility,
}

/// A text whose output is to be written. Field names are those of Inseq's `generate`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GenerateRequest {
    /// The model's name or base address.
    pub model: String,
    /// The prompt of a decoder-only model, the source text of an encoder-decoder.
    pub input_text: String,
    /// How the output is generated.
    #[serde(default)]
    pub generation: GenerationSettings,
    /// Leave special tokens out of the text.
    pub skip_special_tokens: bool,
    /// Leave the prompt out of the text. The output of an encoder-decoder has none.
    pub output_generated_only: bool,
}

/// All that one attribution needs. Field names are those of Inseq's `attribute`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AttributeRequest {
    /// The model's name or base address.
    pub model: String,
    /// The prompt of a decoder-only model, the source text of an encoder-decoder.
    pub input_text: String,
    /// The output to explain; generated when `None`. For decoder-only models it
    /// starts with `input_text`.
    pub generated_text: Option<String>,
    /// Id of the attribution method, such as `saliency`.
    pub method: String,
    /// The method's options by their Inseq names; defaults where absent.
    pub method_options: BTreeMap<String, OptionValue>,
    /// Id of the step function whose value is attributed, such as `probability`.
    pub attributed_fn: String,
    /// The attributed function's options by their Inseq names; defaults where absent.
    pub attributed_fn_args: BTreeMap<String, OptionValue>,
    /// Ids of the step functions to report for each target.
    pub step_scores: Vec<String>,
    /// Options of the step scores; each goes to every function that has it.
    pub step_scores_args: BTreeMap<String, OptionValue>,
    /// Step functions of the asker's own: name → formula, such as
    /// `lp - log(p_c)`. They can be attributed and reported under their names, and take
    /// the options of a contrast.
    #[serde(default)]
    pub custom_step_functions: BTreeMap<String, String>,
    /// Attribute the decoder's prefix too. Decoder-only models always do.
    pub attribute_target: bool,
    /// Keep the end-of-sequence token out of the baseline's exceptions.
    pub include_eos_baseline: bool,
    /// First attributed position, in tokens of the whole output; negative counts
    /// from the end.
    pub attr_pos_start: Option<i64>,
    /// End of the attributed positions, exclusive; negative counts from the end.
    pub attr_pos_end: Option<i64>,
    /// How an output is generated, where none is given.
    #[serde(default)]
    pub generation: GenerationSettings,
    /// Take `generated_text` for the beginning of an output, and generate the rest.
    /// Only encoder-decoder models do; others have their prompt for that.
    #[serde(default)]
    pub generate_from_target_prefix: bool,
    /// What to do where Inseq makes a mistake.
    #[serde(default)]
    pub compatibility: Compatibility,
    /// What becomes of the hidden axis.
    pub fold: Fold,
}

/// What becomes of the hidden axis of a raw attribution.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fold {
    /// Folded on the device by the vector norm, as Inseq's default aggregation
    /// would: hundreds of times less to read back.
    #[default]
    Norm,
    /// Kept, as in the files Inseq saves.
    Keep,
}

/// What to do where Inseq 0.7.1 has a behavior that we hold to be a mistake.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compatibility {
    /// What is right.
    #[default]
    Corrected,
    /// What Inseq does, so that its numbers come out.
    Inseq,
}

impl GenerateRequest {
    /// A request with Inseq's defaults.
    pub fn new(model: impl Into<String>, input_text: impl Into<String>) -> Self {
        Self {
            model: model.into(),
            input_text: input_text.into(),
            generation: GenerationSettings::default(),
            skip_special_tokens: true,
            output_generated_only: false,
        }
    }
}

impl AttributeRequest {
    /// A request with Inseq's defaults.
    pub fn new(model: impl Into<String>, input_text: impl Into<String>) -> Self {
        Self {
            model: model.into(),
            input_text: input_text.into(),
            generated_text: None,
            method: "saliency".to_owned(),
            method_options: BTreeMap::new(),
            attributed_fn: "probability".to_owned(),
            attributed_fn_args: BTreeMap::new(),
            step_scores: Vec::new(),
            step_scores_args: BTreeMap::new(),
            custom_step_functions: BTreeMap::new(),
            attribute_target: false,
            include_eos_baseline: false,
            attr_pos_start: None,
            attr_pos_end: None,
            generation: GenerationSettings::default(),
            generate_from_target_prefix: false,
            compatibility: Compatibility::Corrected,
            fold: Fold::Norm,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_to_generate_crosses_as_it_is() {
        let mut asked = GenerateRequest::new("demo-gpt2", "Hello");
        asked.generation.num_beams = Some(2);
        let request = Request {
            id: 4,
            device: DeviceChoice::Cpu,
            memory_budget_mb: None,
            work: Work::Generate(Box::new(asked)),
        };
        let text = serde_json::to_string(&request).unwrap();
        assert!(text.contains(r#""kind":"generate""#), "{text}");
        assert_eq!(serde_json::from_str::<Request>(&text).unwrap(), request);
    }
}
