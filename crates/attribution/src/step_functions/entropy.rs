use std::rc::Rc;

use tensor::Tensor;

use crate::step_function::FunctionEntry;
use crate::{Choices, FunctionDescription, Result, StepFunction};

pub(super) const ENTRY: FunctionEntry = FunctionEntry {
    describe,
    make: |_| Ok(Rc::new(Entropy)),
};

fn describe() -> FunctionDescription {
    FunctionDescription::new(
        "entropy",
        "Entropy",
        "How undecided the model was among all tokens, in nats.",
        Vec::new(),
    )
}

/// `−Σ p log p` over the vocabulary.
struct Entropy;

impl StepFunction for Entropy {
    fn score(&self, choices: &Choices<'_>) -> Result<Tensor> {
        entropy(choices)
    }
}

/// Of the model's choices, `[.., targets]`.
pub(crate) fn entropy(choices: &Choices<'_>) -> Result<Tensor> {
    let logarithms = choices.log_probabilities()?;
    let terms = logarithms.exponential()?.multiply(&logarithms)?;
    Ok(choices.total(&terms)?.scale(-1.0)?)
}
