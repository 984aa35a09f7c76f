use std::rc::Rc;

use tensor::Tensor;

use crate::step_function::FunctionEntry;
use crate::{Choices, FunctionDescription, Result, StepFunction};

pub(super) const ENTRY: FunctionEntry = FunctionEntry {
    describe,
    make: |_| Ok(Rc::new(CrossEntropy)),
};

fn describe() -> FunctionDescription {
    FunctionDescription::new(
        "crossentropy",
        "Cross-entropy",
        "How much the token surprised the model, in nats.",
        Vec::new(),
    )
}

/// `−log p[t]`. Inseq fails for a single sentence, ours does not.
struct CrossEntropy;

impl StepFunction for CrossEntropy {
    fn score(&self, choices: &Choices<'_>) -> Result<Tensor> {
        Ok(choices.chosen_log_probabilities()?.scale(-1.0)?)
    }
}
