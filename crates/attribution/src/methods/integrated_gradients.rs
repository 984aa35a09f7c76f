use tensor::LocalFuture;

use crate::completeness::{Totals, score_changes};
use crate::line::{Line, Sampling, outcome_options};
use crate::method::{Method, MethodEntry, RunSize};
use crate::path_integral::integrate;
use crate::run::{Collected, Run};
use crate::{MethodDescription, Result};

pub(super) const ENTRY: MethodEntry = MethodEntry {
    describe,
    make: |options| {
        Ok(Box::new(IntegratedGradients {
            sampling: Sampling::from_options("integrated_gradients", options)?,
            multiply_by_inputs: options.flag("multiply_by_inputs"),
            return_convergence_delta: options.flag("return_convergence_delta"),
        }))
    },
};

fn describe() -> MethodDescription {
    MethodDescription {
        id: "integrated_gradients",
        title: "Integrated gradients",
        sentence: "The gradient averaged on the straight line from a baseline to the input, times \
                   their difference; the values of one target sum to the change of its score.",
        paper: "Sundararajan et al. 2017",
        paper_url: "https://arxiv.org/abs/1703.01365",
        options: [Sampling::options(), outcome_options(true)].concat(),
    }
}

/// Integrated gradients: the gradient averaged on the straight line from a baseline
/// to the input, times their difference.
///
/// `[targets, tokens, hidden]` before folding. The values for one target sum to
/// `score(input) − score(baseline)`, up to the error of the quadrature; the
/// difference is the convergence delta. The line is the same for every target of a
/// causal model, so that each point costs one forward pass for all of them.
///
/// Sundararajan et al. 2017, <https://arxiv.org/abs/1703.01365>. Inseq:
/// `integrated_gradients`.
struct IntegratedGradients {
    sampling: Sampling,
    multiply_by_inputs: bool,
    return_convergence_delta: bool,
}

impl Method for IntegratedGradients {
    fn n_passes(&self, size: RunSize) -> f64 {
        self.sampling.n_points() as f64 * size.of_gradients()
    }

    fn attribute<'a>(&'a self, run: &'a Run<'a>) -> LocalFuture<'a, Result<Collected>> {
        Box::pin(async move {
            let line = Line::new(run, self.sampling.points())?;
            let averages = integrate(run, &line, self.sampling.n_points_at_once)?;
            let mut collected = Collected::granular(run);
            let mut totals = Totals::default();
            for average in averages {
                let product = average.try_zip(&line.difference, |average, difference| {
                    average.multiply(difference)
                })?;
                if self.return_convergence_delta {
                    totals.add(&product.present()).await?;
                }
                let values = if self.multiply_by_inputs {
                    &product
                } else {
                    &average
                };
                collected.add(run, values).await?;
            }
            if self.return_convergence_delta {
                let changes = score_changes(run, &line.baseline, &line.input).await?;
                collected.deltas = Some(totals.deltas(&changes));
            }
            Ok(collected)
        })
    }
}
