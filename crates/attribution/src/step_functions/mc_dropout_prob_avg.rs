use std::rc::Rc;

use tensor::Tensor;

use super::likelihood::Likelihood;
use crate::methods::{seed, seed_option};
use crate::step_function::FunctionEntry;
use crate::{
    Choices, DropoutRuns, FunctionDescription, OptionDescription, OptionDomain, Result,
    StepFunction,
};

const N_STEPS: &str = "n_mcd_steps";

pub(super) const ENTRY: FunctionEntry = FunctionEntry {
    describe,
    make: |options| {
        let n_runs = options.integer(N_STEPS).unwrap_or_default();
        Ok(Rc::new(McDropoutProbAvg {
            likelihood: Likelihood::chosen(options),
            runs: DropoutRuns {
                n_runs: usize::try_from(n_runs).unwrap_or_default(),
                seed: seed(options),
            },
        }))
    },
};

fn describe() -> FunctionDescription {
    FunctionDescription::new(
        "mc_dropout_prob_avg",
        "Monte Carlo dropout",
        "How many standard deviations the probability lies above its mean over runs with dropout, \
         as in training.",
        vec![
            OptionDescription {
                id: N_STEPS,
                title: "Runs",
                sentence: "How many runs with dropout.",
                domain: OptionDomain::Integer {
                    default: Some(5),
                    minimum: 2,
                    maximum: 10_000,
                },
            },
            Likelihood::option(),
            seed_option(),
        ],
    )
}

/// `(p[t] − mean q) / deviation q`, over the probabilities `q` of the target in runs
/// with dropout; the deviation of a sample, with one degree of freedom less. A model
/// without dropout is refused.
///
/// Gal and Ghahramani 2016, <https://arxiv.org/abs/1506.02142>. Inseq:
/// `mc_dropout_prob_avg`.
struct McDropoutProbAvg {
    likelihood: Likelihood,
    runs: DropoutRuns,
}

impl StepFunction for McDropoutProbAvg {
    fn score(&self, choices: &Choices<'_>) -> Result<Tensor> {
        let values: Vec<Tensor> = choices
            .dropped()
            .iter()
            .map(|dropped| self.likelihood.of(dropped))
            .collect::<Result<_>>()?;
        let total = |values: &[Tensor]| -> Result<Tensor> {
            let (first, rest) = values.split_first().expect("there are at least two runs");
            rest.iter()
                .try_fold(first.clone(), |sum, value| Ok(sum.add(value)?))
        };
        let n = values.len() as f32;
        let mean = total(&values)?.scale(1.0 / n)?;
        let squares: Vec<Tensor> = values
            .iter()
            .map(|value| {
                let distance = value.subtract(&mean)?;
                Ok(distance.multiply(&distance)?)
            })
            .collect::<Result<_>>()?;
        let deviation = total(&squares)?.scale(1.0 / (n - 1.0))?.square_root()?;
        Ok(self
            .likelihood
            .of(choices)?
            .subtract(&mean)?
            .divide(&deviation)?)
    }

    fn dropout(&self) -> Option<DropoutRuns> {
        Some(self.runs)
    }
}
