use std::rc::Rc;

use tensor::Tensor;

use super::likelihood::Likelihood;
use crate::contrast;
use crate::step_function::FunctionEntry;
use crate::{Choices, FunctionDescription, Result, StepFunction};

pub(super) const ENTRY: FunctionEntry = FunctionEntry {
    describe,
    make: |options| Ok(Rc::new(ContrastProb(Likelihood::chosen(options)))),
};

fn describe() -> FunctionDescription {
    let mut options = contrast::options();
    options.push(Likelihood::option());
    FunctionDescription::new(
        "contrast_prob",
        "Contrast probability",
        "How likely the contrast token was, from 0 to 1.",
        options,
    )
}

/// `p_c[t_c]`, or `log p_c[t_c]` in nats.
struct ContrastProb(Likelihood);

impl StepFunction for ContrastProb {
    fn score(&self, choices: &Choices<'_>) -> Result<Tensor> {
        self.0.of(choices.contrast())
    }
}
