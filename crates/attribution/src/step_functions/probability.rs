use tensor::Tensor;

use crate::step_function::FunctionEntry;
use crate::{Choices, FunctionDescription, OptionDescription, OptionDomain, Result, StepFunction};

pub(super) const ENTRY: FunctionEntry = FunctionEntry {
    describe,
    make: |options| {
        Box::new(Probability {
            is_logarithm: options.flag("logprob"),
        })
    },
};

fn describe() -> FunctionDescription {
    FunctionDescription {
        id: "probability",
        title: "Probability",
        sentence: "How likely the token was, from 0 to 1.",
        options: vec![OptionDescription {
            id: "logprob",
            title: "Logarithm",
            sentence: "Use the natural logarithm of the probability.",
            domain: OptionDomain::Flag { default: false },
        }],
    }
}

/// `p[t]`, or `log p[t]` in nats.
struct Probability {
    is_logarithm: bool,
}

impl StepFunction for Probability {
    fn score(&self, choices: &Choices<'_>) -> Result<Tensor> {
        let logarithm = choices.chosen_log_probabilities()?;
        if self.is_logarithm {
            Ok(logarithm)
        } else {
            Ok(logarithm.exponential()?)
        }
    }
}
