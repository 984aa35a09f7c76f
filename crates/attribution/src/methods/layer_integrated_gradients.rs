use tensor::{LocalFuture, Tensor};

use crate::gradients::{Reverse, pieces};
use crate::layers::LayerChoice;
use crate::line::{Sampling, on_the_line, outcome_options, weights};
use crate::memory::Chunks;
use crate::method::{Method, MethodEntry, RunSize};
use crate::path_integral::weighted_sum;
use crate::resumed::{LayerLine, Outcome, attribute_layers};
use crate::run::{Collected, Run};
use crate::{MethodDescription, Result};

pub(super) const ENTRY: MethodEntry = MethodEntry {
    describe,
    make: |options| {
        Ok(Box::new(LayerIntegratedGradients {
            choice: LayerChoice::from_options(options),
            sampling: Sampling::from_options("layer_integrated_gradients", options)?,
            outcome: Outcome::from_options(options),
        }))
    },
};

fn describe() -> MethodDescription {
    MethodDescription {
        id: "layer_integrated_gradients",
        title: "Layer integrated gradients",
        sentence: "The gradient averaged on the straight line between a layer's values at a \
                   baseline and at the input, times their difference.",
        paper: "Sundararajan et al. 2017",
        paper_url: "https://arxiv.org/abs/1703.01365",
        options: [
            LayerChoice::options(),
            Sampling::options(),
            outcome_options(true),
        ]
        .concat(),
    }
}

/// Layer integrated gradients: the gradient averaged on the straight line from a
/// layer's values at the baseline to those at the input, times their difference.
///
/// `[targets, tokens, hidden]` before folding, with the layer's own width; for all
/// layers `[targets, tokens, layers, hidden]`, where one forward and one reverse pass
/// carry a point of each layer's line. At each point the forward pass on the text as it
/// is is resumed from the layer: the values for one target sum to the change of its
/// score when the layer's values are replaced by those at the baseline, up to the error
/// of the quadrature. For the output of a block of GPT-2 that is
/// `score(input) − score(baseline)`, and for the embedding layer these are integrated
/// gradients. In Inseq this method gives zeros.
///
/// Sundararajan et al. 2017, <https://arxiv.org/abs/1703.01365>. Inseq:
/// `layer_integrated_gradients`.
struct LayerIntegratedGradients {
    choice: LayerChoice,
    sampling: Sampling,
    outcome: Outcome,
}

impl Method for LayerIntegratedGradients {
    fn n_passes(&self, size: RunSize) -> f64 {
        self.choice.n_chosen(size.n_layers) as f64
            * self.sampling.n_points() as f64
            * size.of_gradients()
    }

    fn attribute<'a>(&'a self, run: &'a Run<'a>) -> LocalFuture<'a, Result<Collected>> {
        Box::pin(async move {
            let slopes_of = |line: &LayerLine<'_>| self.average_gradients(run, line);
            attribute_layers(run, &self.choice, self.outcome, &slopes_of).await
        })
    }
}

impl LayerIntegratedGradients {
    fn average_gradients(&self, run: &Run<'_>, line: &LayerLine<'_>) -> Result<Vec<Vec<Tensor>>> {
        let points = self.sampling.points();
        let (n_targets, n_layers) = (run.positions.len(), line.layers.len());
        let chunks = Chunks::for_run(run, points.len() * n_layers);
        let n_at_once = chunks.n_points.div_ceil(n_layers);
        let n_at_once = self.sampling.n_points_at_once.unwrap_or(n_at_once);
        let mut sums: Vec<Vec<Tensor>> = Vec::new();
        for chunk in pieces(points.len(), n_at_once) {
            let some = &points[chunk.clone()];
            let ends = line.baseline.iter().zip(&line.difference);
            let given = ends
                .map(|(baseline, difference)| on_the_line(baseline, difference, some))
                .collect::<Result<_>>()?;
            let (pass, leaves) = line.resumed(run, given)?;
            let reverse = Reverse::new(run, &pass)?;
            let at: Vec<&Tensor> = leaves.iter().collect();
            for (piece, targets) in pieces(n_targets, chunks.n_targets).enumerate() {
                let n_done = chunk.start * n_targets + targets.end * chunk.len();
                let gradients = reverse.gradients_at(targets, &at)?;
                let mut shares = Vec::new();
                for gradient in &gradients {
                    shares.push(weighted_sum(gradient, &weights(gradient, some)?)?);
                }
                match sums.get_mut(piece) {
                    Some(sums) => {
                        for (sum, share) in sums.iter_mut().zip(&shares) {
                            *sum = sum.add(share)?;
                        }
                    }
                    None => sums.push(shares),
                }
                run.report(n_done, points.len() * n_targets);
            }
        }
        Ok(sums)
    }
}
