use models::{NoProbe, Side};
use tensor::{BackAxis, Tensor, Usage};

use super::order::Order;
use crate::Result;
use crate::draws::Draws;
use crate::memory::Chunks;
use crate::run::Run;
use crate::sides::Sides;

/// A target's scores after texts of which coordinates are lost, the means over them.
pub(super) struct HoleScores {
    /// Where the more of a token is kept the more it gave.
    pub(super) kept: f64,
    /// Where what those keep is lost, and nothing else.
    pub(super) complement: f64,
}

impl HoleScores {
    /// Draws a number for each coordinate of each token of an order, for each sample.
    pub(super) async fn draw(
        run: &Run<'_>,
        target: usize,
        order: &Order,
        n_samples: usize,
        draws: &mut Draws,
    ) -> Result<Self> {
        let width = run.model.summary().hidden_size;
        let shares = order.shares();
        let n_at_once = Chunks::for_run(run, n_samples).n_points;
        let mut sums = Self {
            kept: 0.0,
            complement: 0.0,
        };
        let mut n_left = n_samples;
        while n_left > 0 {
            let n = n_left.min(n_at_once);
            n_left -= n;
            // [samples, tokens, hidden]
            let mut is_kept = Vec::with_capacity(n * shares.len() * width);
            for _ in 0..n {
                for share in &shares {
                    let drawn = draws.uniforms(width)?;
                    is_kept.extend(drawn.into_iter().map(|drawn| drawn < *share));
                }
            }
            sums.kept += sum_of_scores(run, target, order, n, &is_kept).await?;
            is_kept.iter_mut().for_each(|is_kept| *is_kept = !*is_kept);
            sums.complement += sum_of_scores(run, target, order, n, &is_kept).await?;
        }
        Ok(Self {
            kept: sums.kept / n_samples as f64,
            complement: sums.complement / n_samples as f64,
        })
    }
}

/// The sum of the target's scores after texts that keep some coordinates of the order's
/// tokens, `[samples, tokens, hidden]`, and everything of all others.
async fn sum_of_scores(
    run: &Run<'_>,
    target: usize,
    order: &Order,
    n_samples: usize,
    is_kept: &[bool],
) -> Result<f64> {
    let own = run.embeddings()?;
    let prefix = own.prefix.narrow(BackAxis(1), 0, order.n_read)?;
    let holed = |side: Side, embedded: &Tensor| -> Result<Tensor> {
        let [n_tokens, width] = [1, 0].map(|axis| embedded.shape().length(BackAxis(axis)));
        let shape = [n_samples, n_tokens, width];
        let mask = mask(order, side, shape, is_kept);
        let mask = Tensor::upload(run.model.device(), mask, shape, Usage::Value)?;
        Ok(embedded.multiply(&mask)?)
    };
    let moved = Sides {
        source: own
            .source
            .as_ref()
            .map(|it| holed(Side::Source, it))
            .transpose()?,
        prefix: match run.is_prefix_attributed() {
            true => Some(holed(Side::Target, &prefix)?),
            false => None,
        },
    };
    let inputs = run.inputs_at(&moved)?;
    let position = run.positions[target];
    let model = run.model;
    let hidden = model.forward(&inputs, &[position], None, &mut NoProbe)?;
    let states = run.states(hidden, target..target + 1, &moved)?;
    let scores = run.scores(&states)?.read().await?;
    Ok(scores.into_iter().map(f64::from).sum())
}

/// 1 where a coordinate of a side is kept, `[samples, tokens, hidden]`.
fn mask(
    order: &Order,
    side: Side,
    [n_samples, n_tokens, width]: [usize; 3],
    is_kept: &[bool],
) -> Vec<f32> {
    let mut mask = vec![1.0; n_samples * n_tokens * width];
    for (row, is_kept) in is_kept.chunks_exact(width).enumerate() {
        let sample = row / order.n_tokens();
        let token = &order.tokens[row % order.n_tokens()];
        if token.side != side {
            continue;
        }
        let start = (sample * n_tokens + token.position) * width;
        let values = mask[start..start + width].iter_mut();
        for (value, is_kept) in values.zip(is_kept) {
            *value = f32::from(u8::from(*is_kept));
        }
    }
    mask
}
