use std::rc::Rc;

use tensor::Tensor;

use crate::contrast;
use crate::step_function::FunctionEntry;
use crate::{Choices, FunctionDescription, Result, StepFunction};

pub(super) const ENTRY: FunctionEntry = FunctionEntry {
    describe,
    make: |_| Ok(Rc::new(ContrastLogits)),
};

fn describe() -> FunctionDescription {
    FunctionDescription::new(
        "contrast_logits",
        "Contrast logit",
        "The model's unnormalized score of the contrast token.",
        contrast::options(),
    )
}

/// `z_c[t_c]`.
struct ContrastLogits;

impl StepFunction for ContrastLogits {
    fn score(&self, choices: &Choices<'_>) -> Result<Tensor> {
        choices.contrast().chosen_logits()
    }
}
