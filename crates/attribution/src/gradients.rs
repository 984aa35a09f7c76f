//! From scores back to inputs, many targets at once.

use std::ops::Range;

use tensor::{References, Shape, Tensor, Usage, pullback, pullback_by};

use crate::rescale::{Rescale, RescaleRule};
use crate::run::{Pass, Run};
use crate::sides::Sides;
use crate::states::States;
use crate::{Error, Result};

/// The reverse pass of one forward pass, from scores to hidden states.
///
/// Each target's score depends on the hidden states just before it alone, so one
/// cotangent of ones gives every target's own gradient there.
pub(crate) struct Reverse {
    inputs: Sides<Tensor>,
    ends: Vec<End>,
}

/// One of the states that the scores depend on.
struct End {
    /// `[.., targets, hidden]`
    state: Tensor,
    /// Gradients of the scores there, `[.., targets, hidden]`.
    by_target: Tensor,
    /// What is followed in place of derivatives.
    rule: Option<RescaleRule>,
}

impl Reverse {
    pub(crate) fn new(run: &Run<'_>, pass: &Pass) -> Result<Self> {
        let states = pass.states.as_leaves();
        let scores = differentiable(run, run.scores(&states)?)?;
        let by_target = pullback(&scores, &ones_like(&scores)?, &states.traced())?;
        let ends = pass.states.traced().into_iter().zip(by_target);
        Ok(Self {
            inputs: pass.inputs.clone(),
            ends: ends
                .map(|(state, by_target)| End {
                    state: state.clone(),
                    by_target,
                    rule: None,
                })
                .collect(),
        })
    }

    /// The same by rescaling: what comes back are not gradients but multipliers, by
    /// comparison with the pass that ended in `reference`.
    pub(crate) fn by_rescaling(
        run: &Run<'_>,
        pass: &Pass,
        reference: &States,
        rescale: Rescale,
    ) -> Result<Self> {
        let states = pass.states.as_leaves();
        let scores = differentiable(run, run.scores(&states)?)?;
        let references = References::new(&scores, &run.scores(&reference.as_leaves())?)?;
        let rule = RescaleRule::new(references, rescale);
        let ones = ones_like(&scores)?;
        let by_target = pullback_by(&scores, &ones, &states.traced(), &|link| rule.share(link))?;
        let mut ends = Vec::new();
        let pairs = pass.states.traced().into_iter().zip(reference.traced());
        for ((state, reference), by_target) in pairs.zip(by_target) {
            ends.push(End {
                state: state.clone(),
                by_target,
                rule: Some(RescaleRule::new(
                    References::new(state, reference)?,
                    rescale,
                )),
            });
        }
        Ok(Self {
            inputs: pass.inputs.clone(),
            ends,
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
        let mut sums: Vec<Tensor> = Vec::new();
        for end in &self.ends {
            let cotangents = own_rows(&end.by_target, targets.clone())?;
            let gradients = match &end.rule {
                Some(rule) => {
                    pullback_by(&end.state, &cotangents, values, &|link| rule.share(link))
                }
                None => pullback(&end.state, &cotangents, values),
            }?;
            sums = match sums.is_empty() {
                true => gradients,
                false => {
                    let pairs = sums.iter().zip(&gradients);
                    let added = pairs.map(|(sum, gradient)| sum.add(gradient));
                    added.collect::<Result<_, _>>()?
                }
            };
        }
        Ok(sums)
    }
}

/// Scores of a function that has derivatives.
fn differentiable(run: &Run<'_>, scores: Tensor) -> Result<Tensor> {
    if scores.is_traced() {
        return Ok(scores);
    }
    Err(Error::NoGradient {
        function: run.function_id.to_owned(),
    })
}

/// One cotangent for each target, `[targets, .., all targets, hidden]`: its own row,
/// zeros elsewhere.
fn own_rows(by_target: &Tensor, targets: Range<usize>) -> Result<Tensor> {
    let shape = by_target.shape();
    let n_targets = shape.lengths()[shape.rank() - 2];
    let n_chosen = targets.len();
    let mut own_row = vec![0.0; n_chosen * n_targets];
    for (row, target) in own_row.chunks_exact_mut(n_targets).zip(targets) {
        row[target] = 1.0;
    }
    let mut lengths = vec![1; shape.rank() + 1];
    lengths[0] = n_chosen;
    lengths[shape.rank() - 1] = n_targets;
    let own_row = Tensor::upload(
        by_target.device(),
        own_row,
        Shape::new(lengths),
        Usage::Value,
    )?;
    Ok(by_target.multiply(&own_row)?)
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
