use attribution_output::Faithfulness;
use serde::{Deserialize, Serialize};

use crate::{
    DeviceChosen, Fact, Failure, FunctionDescription, KeptModel, MethodDescription, ModelFacts,
};

/// What the worker posts: an event, and the request that it answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Id of the request; `None` for what nobody asked for, such as
    /// [`Event::Ready`].
    pub id: Option<u32>,
    /// What is said.
    pub event: Event,
}

/// What the engine says while and after it carries out a request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
// Not `kind`: a failure has a kind of its own, which would take its place.
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// The worker is up and takes requests. Sent once, without a request.
    Ready,
    /// Work goes on.
    Progress {
        /// What is being done.
        stage: Stage,
        /// How much of it is done, in the stage's unit.
        done: u64,
        /// How much there is; `None` while unknown.
        total: Option<u64>,
    },
    /// What computes, and why; said when it is first used, and when it changes.
    DeviceChosen(DeviceChosen),
    /// Something went another way than asked; the work goes on.
    Notice {
        /// What happened, as a sentence.
        message: String,
    },
    /// Answers `Diagnose`.
    Diagnosed {
        /// In the order to show them.
        facts: Vec<Fact>,
    },
    /// Answers `Describe`.
    Described(Description),
    /// Answers `Inspect`.
    Inspected(ModelFacts),
    /// Answers `ListKept` and `Forget`.
    Kept {
        /// Sorted by name.
        models: Vec<KeptModel>,
    },
    /// Answers `Load`.
    Loaded(ModelSummary),
    /// Answers `Tokenize`.
    Tokenized {
        /// The tokens, special ones included.
        tokens: Vec<TextToken>,
    },
    /// Answers `Align`.
    Aligned(AlignedTokens),
    /// The output that was generated and will be attributed; for decoder-only models it
    /// includes the prompt.
    Output {
        /// The text.
        text: String,
    },
    /// Answers `Generate`.
    Generated(GeneratedOutput),
    /// Answers `Attribute`.
    Attributed {
        /// The result as Inseq JSON.
        inseq_json: String,
    },
    /// Answers `AttributeContext`.
    ContextAttributed {
        /// The result as Inseq's `attribute-context` saves it.
        json: String,
    },
    /// Answers `MeasureFaithfulness`.
    FaithfulnessMeasured {
        /// One for each sequence of the attribution.
        sequences: Vec<Faithfulness>,
    },
    /// The request ended without an answer.
    Failed(Failure),
}

/// A part of the work that takes time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Reading the model's files, in bytes.
    Download,
    /// Making tensors of them, in tensors.
    Load,
    /// Generating, in tokens.
    Generate,
    /// Attributing, in the method's own units of work.
    Attribute,
    /// Measuring faithfulness, in targets.
    Measure,
}

/// Everything a form or a help text needs to know.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Description {
    /// Attribution methods, in the order to show them.
    pub methods: Vec<MethodDescription>,
    /// Step functions, usable as attributed function and as step score.
    pub step_functions: Vec<FunctionDescription>,
}

/// A loaded model, in figures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelSummary {
    /// As it was asked for.
    pub model: String,
    /// `gpt2` or `marian`.
    pub family: String,
    /// Whether it reads a source text apart from its output.
    pub is_encoder_decoder: bool,
    /// Number of weights.
    pub n_parameters: u64,
    /// Longest text, in tokens.
    pub n_positions: usize,
    /// Number of layers (of the decoder).
    pub n_layers: usize,
    /// Attention heads per layer.
    pub n_heads: usize,
    /// Width of the hidden states.
    pub hidden_size: usize,
    /// Number of tokens in the vocabulary.
    pub vocabulary_size: usize,
}

/// One token of a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextToken {
    /// Its id.
    pub id: u32,
    /// As the tokenizer writes it, such as `Ġworld`.
    pub token: String,
    /// As a reader should see it, such as ` world`.
    pub display: String,
    /// Whether it is a special token.
    pub is_special: bool,
}

/// What a model wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GeneratedOutput {
    /// The text, as the request wants it.
    pub text: String,
    /// All tokens, prompt or decoder start included.
    pub tokens: Vec<TextToken>,
    /// How many of them are prompt or decoder start.
    pub n_given: usize,
}

/// Two texts as tokens, and what stands against what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlignedTokens {
    /// The output's tokens, prompt or decoder start included.
    pub output: Vec<TextToken>,
    /// How many of them are prompt or decoder start.
    pub n_given: usize,
    /// The contrast text's tokens, prompt or decoder start included.
    pub contrast: Vec<TextToken>,
    /// For each token of the output, which of the contrast text's it is compared with.
    pub counterparts: Vec<usize>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FailureKind;

    #[test]
    fn a_failure_crosses_as_it_is() {
        let message = Message {
            id: Some(3),
            event: Event::Failed(Failure {
                kind: FailureKind::Input,
                message: "the input text is empty".to_owned(),
                hint: None,
            }),
        };
        let text = serde_json::to_string(&message).unwrap();
        assert_eq!(serde_json::from_str::<Message>(&text).unwrap(), message);
    }

    #[test]
    fn a_generated_output_crosses_as_it_is() {
        let message = Message {
            id: Some(3),
            event: Event::Generated(GeneratedOutput {
                text: "Hello world".to_owned(),
                tokens: vec![TextToken {
                    id: 7,
                    token: "Ġworld".to_owned(),
                    display: " world".to_owned(),
                    is_special: false,
                }],
                n_given: 1,
            }),
        };
        let text = serde_json::to_string(&message).unwrap();
        assert!(text.contains(r#""type":"generated""#), "{text}");
        assert_eq!(serde_json::from_str::<Message>(&text).unwrap(), message);
    }
}
