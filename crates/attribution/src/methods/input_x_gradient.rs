use tensor::LocalFuture;

use crate::gradients::{Reverse, pieces};
use crate::memory::Chunks;
use crate::method::{Method, MethodEntry, RunSize};
use crate::run::{Collected, Run};
use crate::{Error, MethodDescription, Result};

pub(super) const ENTRY: MethodEntry = MethodEntry {
    describe,
    make: |_| Ok(Box::new(InputXGradient)),
};

fn describe() -> MethodDescription {
    MethodDescription {
        id: "input_x_gradient",
        title: "Input × gradient",
        sentence: "The gradient times the embedding itself: a first guess at how much of the \
                   score each token contributed.",
        paper: "Shrikumar et al. 2016",
        paper_url: "https://arxiv.org/abs/1605.01713",
        options: Vec::new(),
    }
}

/// Input × gradient: embeddings times the gradient of the score by them.
///
/// `[targets, tokens, hidden]` before folding.
///
/// Shrikumar et al. 2016, <https://arxiv.org/abs/1605.01713>. Inseq:
/// `input_x_gradient`.
struct InputXGradient;

impl Method for InputXGradient {
    fn n_passes(&self, size: RunSize) -> f64 {
        size.of_gradients()
    }

    fn attribute<'a>(&'a self, run: &'a Run<'a>) -> LocalFuture<'a, Result<Collected>> {
        Box::pin(async move {
            let pass = run.clean_pass()?;
            let embeddings = pass
                .inputs
                .try_map(|input| Ok::<_, Error>(input.detached()))?;
            let reverse = Reverse::new(run, pass)?;
            let n_targets = run.positions.len();
            let mut collected = Collected::granular(run);
            for targets in pieces(n_targets, Chunks::for_run(run, 1).n_targets) {
                let end = targets.end;
                let products = reverse
                    .gradients(targets)?
                    .try_zip(&embeddings, |gradient, input| gradient.multiply(input))?;
                collected.add(run, &products).await?;
                run.report(end, n_targets);
            }
            Ok(collected)
        })
    }
}
