use std::rc::Rc;

use tensor::Tensor;

use super::likelihood::Likelihood;
use crate::step_function::FunctionEntry;
use crate::{Choices, FunctionDescription, Result, StepFunction};

pub(super) const ENTRY: FunctionEntry = FunctionEntry {
    describe,
    make: |options| Ok(Rc::new(Probability(Likelihood::chosen(options)))),
};

fn describe() -> FunctionDescription {
    FunctionDescription::new(
        "probability",
        "Probability",
        "How likely the token was, from 0 to 1.",
        vec![Likelihood::option()],
    )
}

/// `p[t]`, or `log p[t]` in nats.
struct Probability(Likelihood);

impl StepFunction for Probability {
    fn score(&self, choices: &Choices<'_>) -> Result<Tensor> {
        self.0.of(choices)
    }
}
