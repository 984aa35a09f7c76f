use std::rc::Rc;

use tensor::Tensor;

use crate::contrast;
use crate::step_function::FunctionEntry;
use crate::{Choices, FunctionDescription, Result, StepFunction};

pub(super) const ENTRY: FunctionEntry = FunctionEntry {
    describe,
    make: |_| Ok(Rc::new(ContrastLogitsDiff)),
};

fn describe() -> FunctionDescription {
    FunctionDescription::new(
        "contrast_logits_diff",
        "Logit difference",
        "By how much the token's unnormalized score exceeds the contrast token's.",
        contrast::options(),
    )
}

/// `z[t] − z_c[t_c]`. Yin and Neubig 2022, <https://arxiv.org/abs/2202.10419>.
struct ContrastLogitsDiff;

impl StepFunction for ContrastLogitsDiff {
    fn score(&self, choices: &Choices<'_>) -> Result<Tensor> {
        let contrast = choices.contrast().chosen_logits()?;
        Ok(choices.chosen_logits()?.subtract(&contrast)?)
    }
}
