use tensor::LocalFuture;

use crate::completeness::{Totals, score_changes};
use crate::line::{Line, Sampling, outcome_options};
use crate::method::{Method, MethodEntry, RunSize};
use crate::one_by_one::{OneByOne, PrefixSums};
use crate::path_integral::integrate;
use crate::run::{Collected, Run};
use crate::sides::Sides;
use crate::{Error, MethodDescription, Result};

pub(super) const ENTRY: MethodEntry = MethodEntry {
    describe,
    make: |options| {
        Ok(Box::new(SequentialIntegratedGradients {
            sampling: Sampling::from_options("sequential_integrated_gradients", options)?,
            multiply_by_inputs: options.flag("multiply_by_inputs"),
            return_convergence_delta: options.flag("return_convergence_delta"),
        }))
    },
};

fn describe() -> MethodDescription {
    MethodDescription {
        id: "sequential_integrated_gradients",
        title: "Sequential integrated gradients",
        sentence: "Integrated gradients of one token at a time, while all others stay as they \
                   are; a token's values sum to what the score loses without it.",
        paper: "Enguehard 2023",
        paper_url: "https://arxiv.org/abs/2305.15853",
        options: [Sampling::options(), outcome_options(true)].concat(),
    }
}

/// Sequential integrated gradients: integrated gradients for each token by itself, on
/// the line on which only that token moves between its baseline and its embedding.
///
/// `[targets, tokens, hidden]` before folding. The values for one target and token sum
/// to `score(input) − score(input with that token at its baseline)`, up to the error of
/// the quadrature. Each token of each side moves by itself; Inseq moves tokens of both
/// sides at once, and refuses sides of different lengths. What comes before a token of
/// a prefix is read from a cache.
///
/// Enguehard 2023, <https://arxiv.org/abs/2305.15853>. Inseq:
/// `sequential_integrated_gradients`.
struct SequentialIntegratedGradients {
    sampling: Sampling,
    multiply_by_inputs: bool,
    return_convergence_delta: bool,
}

impl Method for SequentialIntegratedGradients {
    fn n_passes(&self, size: RunSize) -> f64 {
        // Each token has a line of its own; a token concerns the targets after it.
        let n_points = size.n_tokens * self.sampling.n_points();
        n_points as f64 * size.of_gradients() / 2.0
    }

    fn attribute<'a>(&'a self, run: &'a Run<'a>) -> LocalFuture<'a, Result<Collected>> {
        Box::pin(async move {
            let line = Line::new(run, Vec::new())?;
            let points = self.sampling.points();
            let unknown = run.model.tokenizer().unknown_id();
            let baseline = run.baseline_ids(unknown.ok_or(Error::NoBaselineToken)?);
            // What does not differ from its baseline is given nothing.
            let moving = |own: &[u32], baseline: &[u32]| -> Vec<usize> {
                let tokens = own.iter().zip(baseline).enumerate();
                tokens
                    .filter(|(_, (own, baseline))| own != baseline || !self.multiply_by_inputs)
                    .map(|(token, _)| token)
                    .collect()
            };
            let mut collected = Collected::granular(run);
            let mut totals = Totals::default();
            let ends = line
                .input
                .source
                .as_ref()
                .zip(line.difference.source.as_ref());
            let ids = run.source_ids().zip(baseline.source.as_deref());
            if let (Some((input, difference)), Some((own, baseline))) = (ends, ids) {
                let path = OneByOne::new(input, difference, &moving(own, baseline), &points);
                let sums = integrate(run, &path, self.sampling.n_points_at_once)?;
                for average in sums {
                    let average = average.source.expect("the path moves the source");
                    let product = average.multiply(difference)?;
                    totals.add(&[&product]).await?;
                    let values = if self.multiply_by_inputs {
                        product
                    } else {
                        average
                    };
                    let values = Sides {
                        source: Some(values),
                        prefix: None,
                    };
                    collected.add(run, &values).await?;
                }
            }
            if let Some(difference) = &line.difference.prefix {
                let tokens = moving(run.prefix_ids(), &baseline.prefix);
                let sums = PrefixSums {
                    run,
                    difference,
                    points: &points,
                    n_at_once: self.sampling.n_points_at_once,
                    multiply_by_inputs: self.multiply_by_inputs,
                };
                collected.prefix = sums.collect(&tokens, &mut totals).await?;
            }
            if self.return_convergence_delta {
                let changes = score_changes(run, &line.baseline, &line.input).await?;
                collected.deltas = Some(totals.deltas(&changes));
            }
            Ok(collected)
        })
    }
}
