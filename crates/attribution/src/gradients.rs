//! From scores back to inputs, many targets at once.

use std::ops::Range;

use tensor::{Shape, Tensor, Usage, pullback};

use crate::Result;
use crate::run::{Pass, Run};
use crate::sides::Sides;

/// The reverse pass of one forward pass, from scores to hidden states.
///
/// Each target's score depends on its own hidden state alone, so one cotangent of
/// ones gives every target's own gradient there.
pub(crate) struct Reverse<'a> {
    pass: &'a Pass,
    /// `[.., targets, hidden]`
    by_target: Tensor,
}

impl<'a> Reverse<'a> {
    pub(crate) fn new(run: &Run<'_>, pass: &'a Pass) -> Result<Self> {
        let hidden = pass.hidden.detached().traced();
        let scores = run.scores(&hidden)?;
        let ones = Tensor::upload(
            scores.device(),
            vec![1.0; scores.shape().n_values()],
            scores.shape().clone(),
            Usage::Value,
        )?;
        let by_target = pullback(&scores, &ones, &[&hidden])?.remove(0);
        Ok(Self { pass, by_target })
    }

    /// Gradients of some targets' scores, `[targets, .., tokens, hidden]`.
    pub(crate) fn gradients(&self, targets: Range<usize>) -> Result<Sides<Tensor>> {
        let shape = self.by_target.shape();
        let n_targets = shape.lengths()[shape.rank() - 2];
        let n_chosen = targets.len();
        // One cotangent for each target: its own row, zeros elsewhere.
        let mut own_row = vec![0.0; n_chosen * n_targets];
        for (row, target) in own_row.chunks_exact_mut(n_targets).zip(targets) {
            row[target] = 1.0;
        }
        let mut lengths = vec![1; shape.rank() + 1];
        lengths[0] = n_chosen;
        lengths[shape.rank() - 1] = n_targets;
        let own_row = Tensor::upload(
            self.by_target.device(),
            own_row,
            Shape::new(lengths),
            Usage::Value,
        )?;
        let cotangents = self.by_target.multiply(&own_row)?;
        let inputs = self.pass.inputs.present();
        let gradients = pullback(&self.pass.hidden, &cotangents, &inputs)?;
        Ok(self.pass.inputs.filled(gradients))
    }
}

/// `0..n` in pieces of at most `size`.
pub(crate) fn pieces(n: usize, size: usize) -> impl Iterator<Item = Range<usize>> {
    (0..n)
        .step_by(size.max(1))
        .map(move |start| start..n.min(start + size.max(1)))
}
