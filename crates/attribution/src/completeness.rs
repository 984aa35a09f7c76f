//! How far attributions are from summing to the change of the score.

use tensor::{BackAxis, Tensor};

use crate::Result;
use crate::run::Run;
use crate::sides::Sides;

/// Sums of all values of each target, over every attributed text.
#[derive(Debug, Default)]
pub(crate) struct Totals(Vec<f32>);

impl Totals {
    /// Adds values `[targets, tokens, hidden]` of the next targets.
    pub(crate) async fn add(&mut self, values: &[&Tensor]) -> Result<()> {
        self.add_from(self.0.len(), values).await
    }

    /// Adds values `[targets, tokens, hidden]` of targets from `start` on.
    pub(crate) async fn add_from(&mut self, start: usize, values: &[&Tensor]) -> Result<()> {
        for values in values {
            let sums = values.sum(BackAxis(0))?.sum(BackAxis(1))?.read().await?;
            self.0.resize(self.0.len().max(start + sums.len()), 0.0);
            for (total, sum) in self.0[start..].iter_mut().zip(sums) {
                *total += sum;
            }
        }
        Ok(())
    }

    /// Totals less the changes they should equal.
    pub(crate) fn deltas(&self, changes: &[f32]) -> Vec<f32> {
        let totals = self.0.iter().copied().chain(std::iter::repeat(0.0));
        let pairs = changes.iter().zip(totals);
        pairs.map(|(change, total)| total - change).collect()
    }
}

/// `score(input) − score(baseline)` for each target.
pub(crate) async fn score_changes(
    run: &Run<'_>,
    baseline: &Sides<Tensor>,
    input: &Sides<Tensor>,
) -> Result<Vec<f32>> {
    let at_input = scores_at(run, input).await?;
    let at_baseline = scores_at(run, baseline).await?;
    Ok(at_input
        .iter()
        .zip(at_baseline)
        .map(|(input, baseline)| input - baseline)
        .collect())
}

/// Each target's score when the attributed inputs are these.
pub(crate) async fn scores_at(run: &Run<'_>, inputs: &Sides<Tensor>) -> Result<Vec<f32>> {
    let states = run.pass(inputs)?.states.detached();
    Ok(run.scores(&states)?.read().await?)
}
