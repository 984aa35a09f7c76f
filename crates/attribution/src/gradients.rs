//! From scores back to inputs, many targets at once.

use std::ops::Range;

use tensor::{References, Shape, Tensor, Usage, pullback, pullback_by};

use crate::Result;
use crate::rescale::{Rescale, RescaleRule};
use crate::run::{Pass, Run};
use crate::sides::Sides;

/// The reverse pass of one forward pass, from scores to hidden states.
///
/// Each target's score depends on its own hidden state alone, so one cotangent of
/// ones gives every target's own gradient there.
pub(crate) struct Reverse {
    inputs: Sides<Tensor>,
    /// `[.., targets, hidden]`
    hidden: Tensor,
    /// Gradients of the scores there, `[.., targets, hidden]`.
    by_target: Tensor,
    /// What is followed in place of derivatives.
    rule: Option<RescaleRule>,
}

impl Reverse {
    pub(crate) fn new(run: &Run<'_>, pass: &Pass) -> Result<Self> {
        let hidden = pass.hidden.detached().traced();
        let scores = run.scores_of(&hidden, pass.targets.clone())?;
        let by_target = pullback(&scores, &ones_like(&scores)?, &[&hidden])?.remove(0);
        Ok(Self {
            inputs: pass.inputs.clone(),
            hidden: pass.hidden.clone(),
            by_target,
            rule: None,
        })
    }

    /// The same by rescaling: what comes back are not gradients but multipliers, by
    /// comparison with the pass that ended in `reference`.
    pub(crate) fn by_rescaling(
        run: &Run<'_>,
        pass: &Pass,
        reference: &Tensor,
        rescale: Rescale,
    ) -> Result<Self> {
        let hidden = pass.hidden.detached().traced();
        let reference_hidden = reference.detached().traced();
        let scores = run.scores(&hidden)?;
        let references = References::new(&scores, &run.scores(&reference_hidden)?)?;
        let rule = RescaleRule::new(references, rescale);
        let ones = ones_like(&scores)?;
        let by_target =
            pullback_by(&scores, &ones, &[&hidden], &|link| rule.share(link))?.remove(0);
        Ok(Self {
            inputs: pass.inputs.clone(),
            hidden: pass.hidden.clone(),
            by_target,
            rule: Some(RescaleRule::new(
                References::new(&pass.hidden, reference)?,
                rescale,
            )),
        })
    }

    /// Gradients of some targets' scores, `[targets, .., tokens, hidden]`.
    pub(crate) fn gradients(&self, targets: Range<usize>) -> Result<Sides<Tensor>> {
        let gradients = self.gradients_at(targets, &self.inputs.present())?;
        Ok(self.inputs.filled(gradients))
    }

    /// Gradients of some targets' scores at any values on the way,
    /// `[targets, value..]`.
    pub(crate) fn gradients_at(
        &self,
        targets: Range<usize>,
        values: &[&Tensor],
    ) -> Result<Vec<Tensor>> {
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
        Ok(match &self.rule {
            Some(rule) => pullback_by(&self.hidden, &cotangents, values, &|link| rule.share(link)),
            None => pullback(&self.hidden, &cotangents, values),
        }?)
    }
}

fn ones_like(scores: &Tensor) -> Result<Tensor> {
    Ok(Tensor::upload(
        scores.device(),
        vec![1.0; scores.shape().n_values()],
        scores.shape().clone(),
        Usage::Value,
    )?)
}

/// `0..n` in pieces of at most `size`.
pub(crate) fn pieces(n: usize, size: usize) -> impl Iterator<Item = Range<usize>> {
    (0..n)
        .step_by(size.max(1))
        .map(move |start| start..n.min(start + size.max(1)))
}
