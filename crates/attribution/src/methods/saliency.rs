use tensor::LocalFuture;

use crate::gradients::{Reverse, pieces};
use crate::memory::Chunks;
use crate::method::{Method, MethodEntry, RunSize};
use crate::run::{Collected, Run};
use crate::{MethodDescription, OptionDescription, OptionDomain, Result};

pub(super) const ENTRY: MethodEntry = MethodEntry {
    describe,
    make: |options| {
        Ok(Box::new(Saliency {
            is_absolute: options.flag("abs"),
        }))
    },
};

fn describe() -> MethodDescription {
    MethodDescription {
        id: "saliency",
        title: "Saliency",
        sentence: "How strongly a small change of each input token would change the target's \
                   score: the gradient.",
        paper: "Simonyan et al. 2014",
        paper_url: "https://arxiv.org/abs/1312.6034",
        options: vec![OptionDescription {
            id: "abs",
            title: "Absolute values",
            sentence: "Drop the sign of each coordinate; the vector norm does not change by it.",
            domain: OptionDomain::Flag { default: true },
        }],
    }
}

/// Saliency: the gradient of the score by the input embeddings, absolute values
/// unless told otherwise.
///
/// `[targets, tokens, hidden]` before folding.
///
/// Simonyan et al. 2014, <https://arxiv.org/abs/1312.6034>. Inseq: `saliency`.
struct Saliency {
    is_absolute: bool,
}

impl Method for Saliency {
    fn n_passes(&self, size: RunSize) -> f64 {
        size.of_gradients()
    }

    fn attribute<'a>(&'a self, run: &'a Run<'a>) -> LocalFuture<'a, Result<Collected>> {
        Box::pin(async move {
            let pass = run.clean_pass()?;
            let reverse = Reverse::new(run, pass)?;
            let n_targets = run.positions.len();
            let mut collected = Collected::granular(run);
            for targets in pieces(n_targets, Chunks::for_run(run, 1).n_targets) {
                let end = targets.end;
                collected.add(run, &reverse.gradients(targets)?).await?;
                run.report(end, n_targets);
            }
            if self.is_absolute {
                let values = collected.source.iter_mut().chain(&mut collected.prefix);
                values.for_each(|value| *value = value.abs());
            }
            Ok(collected)
        })
    }
}
