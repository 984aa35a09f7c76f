use tensor::{BackAxis, Tensor};

use crate::step_function::FunctionEntry;
use crate::{Choices, FunctionDescription, Result, StepFunction};

pub(super) const ENTRY: FunctionEntry = FunctionEntry {
    describe,
    make: |_| Box::new(Entropy),
};

fn describe() -> FunctionDescription {
    FunctionDescription {
        id: "entropy",
        title: "Entropy",
        sentence: "How undecided the model was among all tokens, in nats.",
        options: Vec::new(),
    }
}

/// `−Σ p log p` over the vocabulary.
struct Entropy;

impl StepFunction for Entropy {
    fn score(&self, choices: &Choices<'_>) -> Result<Tensor> {
        let logarithms = choices.log_probabilities()?;
        let terms = logarithms.exponential()?.multiply(&logarithms)?;
        let total = terms.sum(BackAxis(0))?.scale(-1.0)?; // [.., targets, 1]
        Ok(total.reshape(2, &[choices.ids().len()])?)
    }
}
