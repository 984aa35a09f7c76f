use std::f32::consts::LN_2;
use std::rc::Rc;

use tensor::Tensor;

use crate::step_function::FunctionEntry;
use crate::{Choices, FunctionDescription, OptionDescription, OptionDomain, Result, StepFunction};

pub(super) const ENTRY: FunctionEntry = FunctionEntry {
    describe,
    make: |options| {
        Ok(Rc::new(Perplexity {
            log_base: if options.choice("base") == "e" {
                1.0
            } else {
                LN_2
            },
        }))
    },
};

fn describe() -> FunctionDescription {
    FunctionDescription::new(
        "perplexity",
        "Perplexity",
        "Among how many equally likely tokens the model might as well have chosen, with base e; \
         with base 2, Inseq's figure.",
        vec![OptionDescription {
            id: "base",
            title: "Base",
            sentence: "Of the power that undoes the logarithm. The surprise is measured in nats, \
                       so that e is consistent; Inseq takes 2.",
            domain: OptionDomain::Choice {
                default: "2",
                choices: &["2", "e"],
            },
        }],
    )
}

/// `base^(−log p[t])`, the logarithm in nats for either base.
struct Perplexity {
    log_base: f32,
}

impl StepFunction for Perplexity {
    fn score(&self, choices: &Choices<'_>) -> Result<Tensor> {
        let logarithm = choices.chosen_log_probabilities()?;
        Ok(logarithm.scale(-self.log_base)?.exponential()?)
    }
}
