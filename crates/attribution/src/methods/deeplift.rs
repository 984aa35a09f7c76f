use tensor::LocalFuture;

use crate::completeness::{Totals, score_changes};
use crate::gradients::{Reverse, pieces};
use crate::line::{Line, outcome_options};
use crate::memory::Chunks;
use crate::method::{Method, MethodEntry, RunSize};
use crate::rescale::Rescale;
use crate::run::{Collected, Run};
use crate::{MethodDescription, OptionDescription, OptionDomain, Result};

pub(super) const ENTRY: MethodEntry = MethodEntry {
    describe,
    make: |options| {
        Ok(Box::new(DeepLift {
            rescale: Rescale::named(options.choice("rescale")),
            multiply_by_inputs: options.flag("multiply_by_inputs"),
            return_convergence_delta: options.flag("return_convergence_delta"),
        }))
    },
};

fn describe() -> MethodDescription {
    MethodDescription {
        id: "deeplift",
        title: "DeepLIFT",
        sentence: "The difference from a baseline times a slope that is measured across that \
                   difference at nonlinear steps.",
        paper: "Shrikumar et al. 2017",
        paper_url: "https://arxiv.org/abs/1704.02685",
        options: [vec![rescale_option("relu")], outcome_options(true)].concat(),
    }
}

/// Where slopes are measured, with a default.
pub(super) fn rescale_option(default: &'static str) -> OptionDescription {
    OptionDescription {
        id: "rescale",
        title: "Rescale",
        sentence: "Where slopes are measured across the difference: at rectified linear units \
                   only, as Inseq does, which leaves gradient times difference in models without \
                   them; or everywhere, so that values sum to the change of the score.",
        domain: OptionDomain::Choice {
            default,
            choices: Rescale::NAMES,
        },
    }
}

/// DeepLIFT: multipliers, which are chains of slopes between baseline and input,
/// times the difference of the two.
///
/// `[targets, tokens, hidden]` before folding. By default the rescale rule holds at
/// rectified linear units only, which is what Inseq computes (behavior A5); with
/// `rescale` set to `everywhere` the values for one target sum to
/// `score(input) − score(baseline)` up to rounding. The rules for softmax, layer
/// normalization and products are those of [`RescaleRule`](crate::rescale::RescaleRule).
///
/// Shrikumar et al. 2017, <https://arxiv.org/abs/1704.02685>. Inseq: `deeplift`.
struct DeepLift {
    rescale: Rescale,
    multiply_by_inputs: bool,
    return_convergence_delta: bool,
}

impl Method for DeepLift {
    fn n_passes(&self, size: RunSize) -> f64 {
        // A pass over the baseline, too.
        1.0 + size.of_gradients()
    }

    fn attribute<'a>(&'a self, run: &'a Run<'a>) -> LocalFuture<'a, Result<Collected>> {
        Box::pin(async move {
            let line = Line::new(run, Vec::new())?;
            let pass = run.clean_pass()?;
            let reference = run.pass(&line.baseline)?.states;
            let reverse = Reverse::by_rescaling(run, pass, &reference, self.rescale)?;
            let n_targets = run.positions.len();
            let mut collected = Collected::granular(run);
            let mut totals = Totals::default();
            for targets in pieces(n_targets, Chunks::for_run(run, 2).n_targets) {
                let end = targets.end;
                let multipliers = reverse.gradients(targets)?;
                let products = multipliers
                    .try_zip(&line.difference, |multiplier, difference| {
                        multiplier.multiply(difference)
                    })?;
                if self.return_convergence_delta {
                    totals.add(&products.present()).await?;
                }
                let values = if self.multiply_by_inputs {
                    &products
                } else {
                    &multipliers
                };
                collected.add(run, values).await?;
                run.report(end, n_targets);
            }
            if self.return_convergence_delta {
                let changes = score_changes(run, &line.baseline, &line.input).await?;
                collected.deltas = Some(totals.deltas(&changes));
            }
            Ok(collected)
        })
    }
}
