use std::rc::Rc;

use tensor::Tensor;

use crate::contrast;
use crate::step_function::FunctionEntry;
use crate::{Choices, FunctionDescription, Result, StepFunction};

pub(super) const ENTRY: FunctionEntry = FunctionEntry {
    describe,
    make: |_| Ok(Rc::new(InContextPvi)),
};

fn describe() -> FunctionDescription {
    FunctionDescription::new(
        "in_context_pvi",
        "In-context PVI",
        "How much likelier the token is in the contrast, in nats: pointwise usable information.",
        contrast::options(),
    )
}

/// `log p_c[t_c] − log p[t]`. Lu et al. 2023, <https://arxiv.org/abs/2310.12300>.
struct InContextPvi;

impl StepFunction for InContextPvi {
    fn score(&self, choices: &Choices<'_>) -> Result<Tensor> {
        let contrast = choices.contrast().chosen_log_probabilities()?;
        Ok(contrast.subtract(&choices.chosen_log_probabilities()?)?)
    }
}
