use std::rc::Rc;

use tensor::Tensor;

use super::likelihood::Likelihood;
use crate::contrast;
use crate::step_function::FunctionEntry;
use crate::{Choices, FunctionDescription, Result, StepFunction};

pub(super) const ENTRY: FunctionEntry = FunctionEntry {
    describe,
    make: |options| Ok(Rc::new(ContrastProbDiff(Likelihood::chosen(options)))),
};

fn describe() -> FunctionDescription {
    let mut options = contrast::options();
    options.push(Likelihood::option());
    FunctionDescription::new(
        "contrast_prob_diff",
        "Probability difference",
        "By how much the token was likelier than the contrast token, from −1 to 1.",
        options,
    )
}

/// `p[t] − p_c[t_c]`, or the difference of the logarithms in nats. Yin and Neubig
/// 2022, <https://arxiv.org/abs/2202.10419>.
struct ContrastProbDiff(Likelihood);

impl StepFunction for ContrastProbDiff {
    fn score(&self, choices: &Choices<'_>) -> Result<Tensor> {
        let contrast = self.0.of(choices.contrast())?;
        Ok(self.0.of(choices)?.subtract(&contrast)?)
    }
}
