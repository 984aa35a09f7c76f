use std::rc::Rc;

use tensor::{BackAxis, Tensor};

use crate::step_function::FunctionEntry;
use crate::{Choices, FunctionDescription, OptionDescription, OptionDomain, Result, StepFunction};

pub(super) const ENTRY: FunctionEntry = FunctionEntry {
    describe,
    make: |options| {
        let top_p = options
            .number("top_p")
            .ok_or_else(|| options.missing("top_p"))?;
        Ok(Rc::new(TopPSize {
            top_p: top_p as f32,
        }))
    },
};

fn describe() -> FunctionDescription {
    FunctionDescription::new(
        "top_p_size",
        "Size of top p",
        "How many of the likeliest tokens it takes to reach a probability.",
        vec![OptionDescription {
            id: "top_p",
            title: "Top p",
            sentence: "The probability to reach; it must be given.",
            domain: OptionDomain::Number {
                default: None,
                minimum: 0.0,
                maximum: 1.0,
            },
        }],
    )
}

/// The number of tokens that nucleus sampling keeps. It moves in steps and has no
/// gradient.
struct TopPSize {
    top_p: f32,
}

impl StepFunction for TopPSize {
    fn score(&self, choices: &Choices<'_>) -> Result<Tensor> {
        let logarithms = choices.log_probabilities()?.detached();
        let n_tokens = logarithms.shape().length(BackAxis(0));
        choices.total(&logarithms.nucleus(self.top_p, 1, n_tokens)?)
    }
}
