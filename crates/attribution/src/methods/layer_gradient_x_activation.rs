use tensor::LocalFuture;

use crate::gradients::{Reverse, pieces};
use crate::layer_values::LayerValues;
use crate::layers::{LayerChoice, Watch};
use crate::memory::Chunks;
use crate::method::{Method, MethodEntry, RunSize};
use crate::run::{Collected, Run};
use crate::{MethodDescription, OptionDescription, OptionDomain, Result};

pub(super) const ENTRY: MethodEntry = MethodEntry {
    describe,
    make: |options| {
        Ok(Box::new(LayerGradientXActivation {
            choice: LayerChoice::from_options(options),
            multiply_by_inputs: options.flag("multiply_by_inputs"),
        }))
    },
};

fn describe() -> MethodDescription {
    let mut options = LayerChoice::options();
    options.push(OptionDescription {
        id: "multiply_by_inputs",
        title: "Multiply by inputs",
        sentence: "Multiply the gradient by the layer's values.",
        domain: OptionDomain::Flag { default: true },
    });
    MethodDescription {
        id: "layer_gradient_x_activation",
        title: "Layer gradient × activation",
        sentence: "What a layer makes of each token, times the gradient of the target's score \
                   there.",
        paper: "Shrikumar et al. 2016",
        paper_url: "https://arxiv.org/abs/1605.01713",
        options,
    }
}

/// Layer gradient × activation: a layer's values times the gradient of the score by
/// them.
///
/// `[targets, tokens, hidden]` before folding, with the layer's own width; for all
/// layers `[targets, tokens, layers, hidden]`, out of one reverse pass. For the
/// embedding layer it equals input × gradient. Values of a decoder layer are of the
/// prefix, those of an encoder layer of the source.
///
/// Shrikumar et al. 2016, <https://arxiv.org/abs/1605.01713>. Inseq:
/// `layer_gradient_x_activation`.
struct LayerGradientXActivation {
    choice: LayerChoice,
    multiply_by_inputs: bool,
}

impl Method for LayerGradientXActivation {
    fn n_passes(&self, size: RunSize) -> f64 {
        size.of_gradients()
    }

    fn attribute<'a>(&'a self, run: &'a Run<'a>) -> LocalFuture<'a, Result<Collected>> {
        Box::pin(async move {
            let layers = self.choice.groups(run)?.concat();
            let mut watch = Watch::new(&layers, true);
            let pass = run.probed(run.attributed(&run.embeddings()?), &mut watch)?;
            let activations = watch.seen();
            let at: Vec<_> = activations.iter().collect();
            let reverse = Reverse::new(run, &pass)?;
            let n_targets = run.positions.len();
            let mut values = LayerValues::new(&layers);
            for targets in pieces(n_targets, Chunks::for_run(run, 1).n_targets) {
                let end = targets.end;
                let mut found = reverse.gradients_at(targets, &at)?;
                if self.multiply_by_inputs {
                    for (gradient, activation) in found.iter_mut().zip(&activations) {
                        *gradient = gradient.multiply(&activation.detached())?;
                    }
                }
                values.add(run, &layers, &found).await?;
                run.report(end, n_targets);
            }
            Ok(values.collected(run, &self.choice))
        })
    }
}
