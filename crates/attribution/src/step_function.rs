use std::rc::Rc;

use tensor::Tensor;

use crate::options::CheckedOptions;
use crate::{Choices, OptionDescription, Result};

/// One number for each target: how the model saw its choice.
///
/// Each target's score depends on the hidden states just before it alone; that lets
/// one reverse pass through the unembedding serve all targets.
pub trait StepFunction {
    /// Scores, `[.., targets]`.
    ///
    /// # Errors
    /// If the device fails.
    fn score(&self, choices: &Choices<'_>) -> Result<Tensor>;

    /// Whether it compares what two runs think of every token, not only of the chosen
    /// ones. As attributed function it then needs a contrast with a run of its own.
    fn compares_runs(&self) -> bool {
        false
    }

    /// The runs with dropout that it looks at, if any.
    fn dropout(&self) -> Option<DropoutRuns> {
        None
    }
}

/// How often to run with dropout, and with which draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DropoutRuns {
    /// How many.
    pub n_runs: usize,
    /// Equal seeds draw equal masks.
    pub seed: u64,
}

/// A step function, for forms and help texts.
#[derive(Clone, Debug, PartialEq)]
pub struct FunctionDescription {
    /// Inseq's id, or the user's.
    pub id: String,
    /// In words.
    pub title: String,
    /// What it says of a target, in one sentence, with its unit.
    pub sentence: String,
    /// What can be set.
    pub options: Vec<OptionDescription>,
}

impl FunctionDescription {
    pub(crate) fn new(
        id: &str,
        title: &str,
        sentence: &str,
        options: Vec<OptionDescription>,
    ) -> Self {
        Self {
            id: id.to_owned(),
            title: title.to_owned(),
            sentence: sentence.to_owned(),
            options,
        }
    }
}

/// How a step function is described and made.
pub(crate) struct FunctionEntry {
    pub(crate) describe: fn() -> FunctionDescription,
    pub(crate) make: fn(&CheckedOptions<'_>) -> Result<Rc<dyn StepFunction>>,
}
