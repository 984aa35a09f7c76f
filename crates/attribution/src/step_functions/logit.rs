use std::rc::Rc;

use tensor::Tensor;

use crate::step_function::FunctionEntry;
use crate::{Choices, FunctionDescription, Result, StepFunction};

pub(super) const ENTRY: FunctionEntry = FunctionEntry {
    describe,
    make: |_| Ok(Rc::new(Logit)),
};

fn describe() -> FunctionDescription {
    FunctionDescription::new(
        "logit",
        "Logit",
        "The model's unnormalized score of the token.",
        Vec::new(),
    )
}

/// `z[t]`: the logit of the chosen token.
struct Logit;

impl StepFunction for Logit {
    fn score(&self, choices: &Choices<'_>) -> Result<Tensor> {
        choices.chosen_logits()
    }
}
