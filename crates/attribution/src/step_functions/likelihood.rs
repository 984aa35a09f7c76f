//! The probability of the chosen tokens, or its logarithm, as several functions let
//! their user choose.

use tensor::Tensor;

use crate::options::CheckedOptions;
use crate::{Choices, OptionDescription, OptionDomain, Result};

/// Which of the two.
#[derive(Clone, Copy, Debug)]
pub(super) enum Likelihood {
    /// From 0 to 1.
    Probability,
    /// In nats.
    LogProbability,
}

impl Likelihood {
    pub(super) fn option() -> OptionDescription {
        OptionDescription {
            id: "logprob",
            title: "Logarithm",
            sentence: "Use natural logarithms of probabilities.",
            domain: OptionDomain::Flag { default: false },
        }
    }

    pub(super) fn chosen(options: &CheckedOptions<'_>) -> Self {
        if options.flag("logprob") {
            Self::LogProbability
        } else {
            Self::Probability
        }
    }

    /// Of each chosen token, `[.., targets]`.
    pub(super) fn of(self, choices: &Choices<'_>) -> Result<Tensor> {
        let logarithm = choices.chosen_log_probabilities()?;
        match self {
            Self::Probability => Ok(logarithm.exponential()?),
            Self::LogProbability => Ok(logarithm),
        }
    }
}
