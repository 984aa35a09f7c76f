use tensor::Tensor;

use crate::options::CheckedOptions;
use crate::{Choices, OptionDescription, Result};

/// One number for each target: how the model saw its choice.
///
/// Each target's score depends on its own hidden state alone; that lets one reverse
/// pass through the unembedding serve all targets.
pub trait StepFunction {
    /// Scores, `[.., targets]`.
    ///
    /// # Errors
    /// If the device fails.
    fn score(&self, choices: &Choices<'_>) -> Result<Tensor>;
}

/// A step function, for forms and help texts.
#[derive(Clone, Debug, PartialEq)]
pub struct FunctionDescription {
    /// Inseq's id.
    pub id: &'static str,
    /// In words.
    pub title: &'static str,
    /// What it says of a target, in one sentence, with its unit.
    pub sentence: &'static str,
    /// What can be set.
    pub options: Vec<OptionDescription>,
}

/// How a step function is described and made.
pub(crate) struct FunctionEntry {
    pub(crate) describe: fn() -> FunctionDescription,
    pub(crate) make: fn(&CheckedOptions<'_>) -> Box<dyn StepFunction>,
}
