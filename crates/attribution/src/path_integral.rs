//! Sums of gradients over the points of a path.

use std::ops::Range;

use tensor::{BackAxis, Tensor, Usage};

use crate::Result;
use crate::gradients::{Reverse, pieces};
use crate::memory::Chunks;
use crate::run::{Pass, Run};
use crate::sides::Sides;

/// A path through the attributed inputs.
pub(crate) trait Path {
    /// How many points it has.
    fn n_points(&self) -> usize;

    /// Inputs at some points, `[points, tokens, hidden]`.
    fn inputs(&self, points: Range<usize>) -> Result<Sides<Tensor>>;

    /// What gradients are multiplied by before they are summed; broadcasts to
    /// `[points, tokens, hidden]`.
    fn weights(&self, points: Range<usize>) -> Result<Sides<Tensor>>;
}

/// Weighted sums of the gradients along a path, `[targets, tokens, hidden]` for each
/// piece of the targets. Every point costs one forward pass for all targets.
pub(crate) fn integrate(
    run: &Run<'_>,
    path: &dyn Path,
    n_points_at_once: Option<usize>,
) -> Result<Vec<Sides<Tensor>>> {
    let n_points = path.n_points();
    let n_targets = run.positions.len();
    let chunks = Chunks::for_run(run, n_points);
    let mut sums: Vec<Option<Sides<Tensor>>> =
        pieces(n_targets, chunks.n_targets).map(|_| None).collect();
    for points in pieces(n_points, n_points_at_once.unwrap_or(chunks.n_points)) {
        let weights = path.weights(points.clone())?;
        let pass: Pass = run.pass(&path.inputs(points.clone())?)?;
        let reverse = Reverse::new(run, &pass)?;
        for (sum, targets) in sums.iter_mut().zip(pieces(n_targets, chunks.n_targets)) {
            let n_done = points.start * n_targets + targets.end * points.len();
            let share = reverse
                .gradients(targets)?
                .try_zip(&weights, weighted_sum)?;
            *sum = Some(match sum.take() {
                Some(sum) => sum.try_zip(&share, |sum, share| sum.add(share))?,
                None => share,
            });
            run.report(n_done, n_points * n_targets);
        }
    }
    Ok(sums.into_iter().flatten().collect())
}

/// `[targets, points, tokens, hidden]` → `[targets, tokens, hidden]`
pub(crate) fn weighted_sum(gradient: &Tensor, weights: &Tensor) -> Result<Tensor> {
    let sum = gradient.multiply(weights)?.sum(BackAxis(2))?; // [targets, 1, tokens, hidden]
    let tokens_and_hidden = sum.shape().trailing(2).to_vec();
    Ok(sum.reshape(3, &tokens_and_hidden)?)
}

/// One number for each point, `[points, 1, 1]`.
pub(crate) fn by_point(beside: &Tensor, values: Vec<f32>) -> Result<Tensor> {
    let shape = [values.len(), 1, 1];
    Ok(Tensor::upload(
        beside.device(),
        values,
        shape,
        Usage::Value,
    )?)
}
