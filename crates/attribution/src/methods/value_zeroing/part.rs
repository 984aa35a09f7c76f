use models::{LayerInputs, Place, Probe, Site, Stack};
use tensor::{Tensor, Usage};

use super::clean_states::CleanStates;
use super::distance::Distance;
use super::heads::{HeadsOfLayer, ZeroedHeads};
use super::{CROSS_HEADS, DECODER_HEADS, ENCODER_HEADS};
use crate::Result;
use crate::gradients::pieces;
use crate::run::Run;

/// Inseq's: smaller scores are rounding errors of two states that are the same.
const SMALLEST_SCORE: f32 = 1e-5;

/// One kind of attention, and the positions whose scores are wanted.
pub(super) struct Part<'a> {
    pub(super) attention: Attention,
    pub(super) heads: &'a ZeroedHeads,
    pub(super) rows: Vec<u32>,
    pub(super) n_keys: usize,
}

/// A row that goes on without one of the keys it sees.
struct Pair {
    row: u32,
    key: usize,
    /// Where its score goes in `[rows, keys]`.
    cell: usize,
}

impl Part<'_> {
    /// How far one layer's output moves at each row for each zeroed key, as shares of
    /// the row's total, `[rows, keys]`; NaN for keys a row does not see.
    pub(super) async fn scores(
        &self,
        run: &Run<'_>,
        clean: &CleanStates,
        number: usize,
        distance: Distance,
    ) -> Result<Vec<f32>> {
        let stack = clean.stack(self.attention);
        let n_heads = stack.n_heads(self.attention);
        let unseen = if self.attention.is_causal() {
            f32::NAN
        } else {
            0.0
        };
        let mut scores = vec![unseen; self.rows.len() * self.n_keys];
        let pairs = self.pairs();
        let heads = self.heads.of_layer(number, n_heads);
        if heads == HeadsOfLayer::None {
            pairs.iter().for_each(|pair| scores[pair.cell] = 0.0);
            return Ok(scores);
        }
        let n_at_once = pairs_at_once(run, n_heads * self.n_keys);
        for chunk in pieces(pairs.len(), n_at_once) {
            let chunk = &pairs[chunk];
            let rows: Vec<u32> = chunk.iter().map(|pair| pair.row).collect();
            let mut probe = WithoutKeys {
                site: self.attention.site(number),
                kept: kept_weights(run, chunk, &heads, self.n_keys)?,
            };
            let inputs = LayerInputs {
                stack: self.attention.stack(),
                number,
                hidden: &stack.states[number],
                rows: &rows,
                encoded: clean.encoder.states.last(),
            };
            let moved = run.model.layer(&inputs, &mut probe)?;
            let whole = stack.states[number + 1].pick_rows(&rows)?;
            let distances = distance.between(&whole, &moved).await?;
            for (pair, distance) in chunk.iter().zip(distances) {
                scores[pair.cell] = distance;
            }
        }
        scores.chunks_exact_mut(self.n_keys).for_each(into_shares);
        Ok(scores)
    }

    fn pairs(&self) -> Vec<Pair> {
        let mut pairs = Vec::new();
        for (index, row) in self.rows.iter().enumerate() {
            let n_seen = match self.attention.is_causal() {
                true => *row as usize + 1,
                false => self.n_keys,
            };
            pairs.extend((0..n_seen).map(|key| Pair {
                row: *row,
                key,
                cell: index * self.n_keys + key,
            }));
        }
        pairs
    }
}

/// Which attention loses values.
#[derive(Clone, Copy)]
pub(super) enum Attention {
    OfEncoder,
    OfDecoder,
    ToSource,
}

impl Attention {
    pub(super) fn stack(self) -> Stack {
        match self {
            Self::OfEncoder => Stack::Encoder,
            Self::OfDecoder | Self::ToSource => Stack::Decoder,
        }
    }

    pub(super) fn site(self, layer: usize) -> Site {
        let place = match self {
            Self::OfEncoder | Self::OfDecoder => Place::AttentionWeights(layer),
            Self::ToSource => Place::CrossAttentionWeights(layer),
        };
        let stack = self.stack();
        Site { stack, place }
    }

    pub(super) fn is_causal(self) -> bool {
        matches!(self, Self::OfDecoder)
    }

    pub(super) fn heads_option(self) -> &'static str {
        match self {
            Self::OfEncoder => ENCODER_HEADS,
            Self::OfDecoder => DECODER_HEADS,
            Self::ToSource => CROSS_HEADS,
        }
    }
}

/// Takes keys out of what each row adds up. That equals a zero value: the weight of
/// the key stays out of the sum, and no other weight changes.
struct WithoutKeys {
    site: Site,
    /// 1 for what is kept, broadcast to `[heads, rows, keys]`.
    kept: Tensor,
}

impl Probe for WithoutKeys {
    fn visit(&mut self, site: Site, value: Tensor) -> models::Result<Tensor> {
        if site == self.site {
            Ok(value.multiply(&self.kept)?)
        } else {
            Ok(value)
        }
    }
}

fn kept_weights(
    run: &Run<'_>,
    pairs: &[Pair],
    heads: &HeadsOfLayer,
    n_keys: usize,
) -> Result<Tensor> {
    let is_zeroed = match heads {
        HeadsOfLayer::Some(is_zeroed) => is_zeroed.as_slice(),
        HeadsOfLayer::All | HeadsOfLayer::None => &[true],
    };
    let n_per_head = pairs.len() * n_keys;
    let mut values = vec![1.0; is_zeroed.len() * n_per_head];
    for (of_head, _) in values
        .chunks_exact_mut(n_per_head)
        .zip(is_zeroed)
        .filter(|(_, is_zeroed)| **is_zeroed)
    {
        for (row, pair) in of_head.chunks_exact_mut(n_keys).zip(pairs) {
            row[pair.key] = 0.0;
        }
    }
    let shape = [is_zeroed.len(), pairs.len(), n_keys];
    let device = run.model.device();
    Ok(Tensor::upload(device, values, shape, Usage::Value)?)
}

/// How many pairs share a pass, so that a layer's intermediate values fit the budget:
/// about sixteen hidden states and three rows of weights for each.
fn pairs_at_once(run: &Run<'_>, n_weights: usize) -> usize {
    let n_values = 16 * run.model.summary().hidden_size + 3 * n_weights;
    run.memory_budget_bytes / (std::mem::size_of::<f32>() * n_values)
}

/// Each row's scores as shares of their sum; NaN stays.
fn into_shares(row: &mut [f32]) {
    for score in row.iter_mut() {
        if *score < SMALLEST_SCORE {
            *score = 0.0;
        }
    }
    let total: f32 = row.iter().filter(|score| !score.is_nan()).sum();
    if total > 0.0 {
        row.iter_mut().for_each(|score| *score /= total);
    }
}
