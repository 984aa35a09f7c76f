use tensor::{LocalFuture, Tensor};

use super::deeplift::rescale_option;
use crate::gradients::{Reverse, pieces};
use crate::layers::LayerChoice;
use crate::line::outcome_options;
use crate::memory::Chunks;
use crate::method::{Method, MethodEntry, RunSize};
use crate::rescale::Rescale;
use crate::resumed::{LayerLine, Outcome, as_points, attribute_layers};
use crate::run::{Collected, Run};
use crate::{MethodDescription, Result};

pub(super) const ENTRY: MethodEntry = MethodEntry {
    describe,
    make: |options| {
        Ok(Box::new(LayerDeepLift {
            choice: LayerChoice::from_options(options),
            rescale: Rescale::named(options.choice("rescale")),
            outcome: Outcome::from_options(options),
        }))
    },
};

fn describe() -> MethodDescription {
    MethodDescription {
        id: "layer_deeplift",
        title: "Layer DeepLIFT",
        sentence: "How a layer's values differ from those it has at a baseline, times slopes that \
                   are measured across that difference.",
        paper: "Shrikumar et al. 2017",
        paper_url: "https://arxiv.org/abs/1704.02685",
        options: [
            LayerChoice::options(),
            vec![rescale_option("everywhere")],
            outcome_options(true),
        ]
        .concat(),
    }
}

/// Layer DeepLIFT: the difference of a layer's values between baseline and input,
/// times their multipliers.
///
/// `[targets, tokens, hidden]` before folding, with the layer's own width; for all
/// layers `[targets, tokens, layers, hidden]`, out of one reverse pass. The reference
/// is the text as it is with the layer's values replaced by those at the baseline: the
/// values for one target sum to the change of its score by that replacement. For the
/// output of a block of GPT-2 that is `score(input) − score(baseline)`.
///
/// Rules are those of [`deeplift`](super::deeplift), here everywhere by default: in
/// Inseq this method gives zeros, so that there is nothing to reproduce.
///
/// Shrikumar et al. 2017, <https://arxiv.org/abs/1704.02685>. Inseq: `layer_deeplift`.
struct LayerDeepLift {
    choice: LayerChoice,
    rescale: Rescale,
    outcome: Outcome,
}

impl Method for LayerDeepLift {
    fn n_passes(&self, size: RunSize) -> f64 {
        // A pass over the baseline, too.
        self.choice.n_chosen(size.n_layers) as f64 * (1.0 + size.of_gradients())
    }

    fn attribute<'a>(&'a self, run: &'a Run<'a>) -> LocalFuture<'a, Result<Collected>> {
        Box::pin(async move {
            let slopes_of = |line: &LayerLine<'_>| self.multipliers(run, line);
            attribute_layers(run, &self.choice, self.outcome, &slopes_of).await
        })
    }
}

impl LayerDeepLift {
    fn multipliers(&self, run: &Run<'_>, line: &LayerLine<'_>) -> Result<Vec<Vec<Tensor>>> {
        let (pass, leaves) = line.resumed(run, as_points(&line.input)?)?;
        let (reference, _) = line.resumed(run, as_points(&line.baseline)?)?;
        let reverse = Reverse::by_rescaling(run, &pass, &reference.states, self.rescale)?;
        let at: Vec<&Tensor> = leaves.iter().collect();
        let n_targets = run.positions.len();
        let n_at_once = Chunks::for_run(run, 2 * line.layers.len()).n_targets;
        let of_targets = pieces(n_targets, n_at_once).map(|targets| {
            let end = targets.end;
            let multipliers = reverse.gradients_at(targets, &at)?;
            run.report(end, n_targets);
            multipliers.iter().map(without_points).collect()
        });
        of_targets.collect()
    }
}

/// `[targets, 1, rows, hidden]` → `[targets, rows, hidden]`
fn without_points(value: &Tensor) -> Result<Tensor> {
    let rows_and_hidden = value.shape().trailing(2).to_vec();
    Ok(value.reshape(3, &rows_and_hidden)?)
}
