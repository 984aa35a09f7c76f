use tensor::Tensor;

use crate::step_function::FunctionEntry;
use crate::{Choices, FunctionDescription, Result, StepFunction};

pub(super) const ENTRY: FunctionEntry = FunctionEntry {
    describe,
    make: |_| Box::new(Logit),
};

fn describe() -> FunctionDescription {
    FunctionDescription {
        id: "logit",
        title: "Logit",
        sentence: "The model's unnormalized score of the token.",
        options: Vec::new(),
    }
}

/// `z[t]`: the logit of the chosen token.
struct Logit;

impl StepFunction for Logit {
    fn score(&self, choices: &Choices<'_>) -> Result<Tensor> {
        choices.chosen_logits()
    }
}
