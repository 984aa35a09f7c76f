//! How Inseq masks: the mask token's id, as a number, in every coordinate.

use models::{Inputs, NoProbe};
use tensor::{BackAxis, Tensor, Usage};

use super::Lime;
use crate::gradients::pieces;
use crate::ridge::ridge;
use crate::run::{Collected, Run};
use crate::sides::Sides;
use crate::{Error, Result};

impl Lime {
    /// Each target by itself: samples of its own text, a linear model of its own.
    pub(super) async fn by_coordinate(&self, run: &Run<'_>) -> Result<Collected> {
        let mask = f64::from(self.mask_id(run)?);
        let mut draws = run.draws(self.seed);
        let width = run.model.summary().hidden_size;
        let mut collected = Collected::granular(run);
        for target in 0..run.positions.len() {
            let n_read = run.positions[target] as usize + 1;
            let text = Text::of(run, n_read).await?;
            let mut rows = Vec::with_capacity(self.n_samples);
            let mut weights = Vec::with_capacity(self.n_samples);
            for _ in 0..self.n_samples {
                let mut row = text.values.clone();
                let mut n_kept = 0;
                for token in row.chunks_exact_mut(width) {
                    if draws.uniform()? < self.mask_prob {
                        token.fill(mask as f32);
                    } else {
                        n_kept += width;
                    }
                }
                rows.push(row);
                weights.push(n_kept as f64);
            }
            let scores = self.scores(run, target, &text, &rows).await?;
            let features: Vec<f64> = rows.into_iter().flatten().map(f64::from).collect();
            let n_features = text.values.len();
            let coefficients = ridge(&features, n_features, &scores, &weights, self.alpha);
            let coefficients = coefficients.into_iter().map(|value| value as f32).collect();
            text.add_to(&mut collected, run, coefficients).await?;
            run.report(target + 1, run.positions.len());
        }
        Ok(collected)
    }

    async fn scores(
        &self,
        run: &Run<'_>,
        target: usize,
        text: &Text,
        rows: &[Vec<f32>],
    ) -> Result<Vec<f64>> {
        let position = [run.positions[target]];
        let n_at_once = self
            .n_at_most
            .unwrap_or_else(|| samples_at_once(run, target));
        let mut scores = Vec::with_capacity(rows.len());
        for chunk in pieces(rows.len(), n_at_once) {
            let moved = text.moved(run, &rows[chunk])?;
            let inputs = Inputs {
                source: moved.source.clone(),
                prefix: run.read_by_decoder(match &moved.prefix {
                    Some(prefix) => prefix.clone(),
                    None => text.whole_prefix.clone(),
                })?,
            };
            let hidden = run.model.forward(&inputs, &position, None, &mut NoProbe)?;
            let states = run.states(hidden, target..target + 1, &moved)?;
            let made = run.scores(&states)?.read().await?;
            scores.extend(made.into_iter().map(f64::from));
        }
        Ok(scores)
    }
}

/// What is read before one target, as embeddings.
struct Text {
    /// Those attributed to, source before prefix, `[tokens, hidden]`.
    values: Vec<f32>,
    n_source: usize,
    n_prefix: usize,
    /// The prefix as it is, where it is not attributed.
    whole_prefix: Tensor,
    is_prefix_attributed: bool,
}

impl Text {
    async fn of(run: &Run<'_>, n_read: usize) -> Result<Self> {
        let own = run.embeddings()?;
        let prefix = own.prefix.narrow(BackAxis(1), 0, n_read)?;
        let mut values = match &own.source {
            Some(source) => source.read().await?,
            None => Vec::new(),
        };
        if run.is_prefix_attributed() {
            values.extend(prefix.read().await?);
        }
        Ok(Self {
            values,
            n_source: run.n_source(),
            n_prefix: n_read,
            whole_prefix: prefix,
            is_prefix_attributed: run.is_prefix_attributed(),
        })
    }

    /// Masked embeddings, `[samples, tokens, hidden]`.
    fn moved(&self, run: &Run<'_>, rows: &[Vec<f32>]) -> Result<Sides<Tensor>> {
        let width = run.model.summary().hidden_size;
        let part = |start: usize, n_tokens: usize| -> Result<Tensor> {
            let values = rows
                .iter()
                .flat_map(|row| &row[start * width..(start + n_tokens) * width]);
            let shape = [rows.len(), n_tokens, width];
            let values = values.copied().collect();
            let device = run.model.device();
            Ok(Tensor::upload(device, values, shape, Usage::Value)?)
        };
        Ok(Sides {
            source: match self.n_source {
                0 => None,
                n_source => Some(part(0, n_source)?),
            },
            prefix: match self.is_prefix_attributed {
                true => Some(part(self.n_source, self.n_prefix)?),
                false => None,
            },
        })
    }

    /// Adds one target's coefficients, with zeros for prefix tokens that it does not
    /// see.
    async fn add_to(
        &self,
        collected: &mut Collected,
        run: &Run<'_>,
        mut coefficients: Vec<f32>,
    ) -> Result<()> {
        let width = run.model.summary().hidden_size;
        let tensor = |values: Vec<f32>, n_tokens: usize| -> Result<Tensor> {
            let device = run.model.device();
            let shape = [1, n_tokens, width];
            Tensor::upload(device, values, shape, Usage::Value).map_err(Error::from)
        };
        let mut prefix = coefficients.split_off(self.n_source * width);
        let sides = Sides {
            source: match self.n_source {
                0 => None,
                n_source => Some(tensor(coefficients, n_source)?),
            },
            prefix: if self.is_prefix_attributed {
                prefix.resize(run.n_prefix() * width, 0.0);
                Some(tensor(prefix, run.n_prefix())?)
            } else {
                None
            },
        };
        collected.add(run, &sides).await
    }
}

/// How many samples share a pass, so that a layer's values fit the budget.
fn samples_at_once(run: &Run<'_>, target: usize) -> usize {
    let summary = run.model.summary();
    let n_tokens = run.n_source() + run.positions[target] as usize + 1;
    let layer = 16 * summary.hidden_size * n_tokens + 3 * summary.n_heads * n_tokens * n_tokens;
    let n_values = layer + 4 * summary.vocabulary_size;
    run.memory_budget_bytes / (std::mem::size_of::<f32>() * n_values)
}
