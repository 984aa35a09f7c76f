use tensor::{BackAxis, Device, Tensor, Usage};

use crate::sequence_model::KeysAndValues;
use crate::{Place, Probe, Result, Site};

/// `[.., tokens, hidden]` → `[.., heads, tokens, head]`
pub(crate) fn split_heads(input: &Tensor, n_heads: usize) -> Result<Tensor> {
    let width = input.shape().length(BackAxis(0));
    Ok(input
        .reshape(1, &[n_heads, width / n_heads])?
        .swap_axes(BackAxis(2), BackAxis(1))?)
}

/// `[.., heads, tokens, head]` → `[.., tokens, hidden]`
fn merge_heads(input: &Tensor) -> Result<Tensor> {
    let (n_heads, width) = (
        input.shape().length(BackAxis(2)),
        input.shape().length(BackAxis(0)),
    );
    Ok(input
        .swap_axes(BackAxis(2), BackAxis(1))?
        .reshape(2, &[n_heads * width])?)
}

/// Which keys each query may look at.
#[derive(Debug)]
pub(crate) struct CausalMask(Option<Tensor>);

impl CausalMask {
    /// Everything.
    pub(crate) fn none() -> Self {
        Self(None)
    }

    /// A query at position `p` sees keys `0..=p` of `n_keys`.
    pub(crate) fn new(device: &Device, query_positions: &[usize], n_keys: usize) -> Result<Self> {
        if query_positions
            .iter()
            .all(|position| position + 1 >= n_keys)
        {
            return Ok(Self(None));
        }
        let mut values = vec![0.0; query_positions.len() * n_keys];
        for (row, position) in values.chunks_exact_mut(n_keys).zip(query_positions) {
            // The lowest finite number, as transformers' eager attention adds it.
            row[n_keys.min(position + 1)..].fill(f32::MIN);
        }
        let shape = [query_positions.len(), n_keys];
        Ok(Self(Some(Tensor::upload(
            device,
            values,
            shape,
            Usage::Value,
        )?)))
    }
}

/// Scaled dot-product attention. Vaswani et al. 2017,
/// <https://arxiv.org/abs/1706.03762>.
///
/// `queries` is `[.., heads, rows, head]`; returns `[.., rows, hidden]`. The weights,
/// `[.., heads, rows, keys]`, are shown to the probe at `weights_site`.
pub(crate) fn attend(
    queries: &Tensor,
    looked_up: &KeysAndValues,
    mask: &CausalMask,
    weights_site: Site,
    probe: &mut dyn Probe,
) -> Result<Tensor> {
    debug_assert!(matches!(
        weights_site.place,
        Place::AttentionWeights(_) | Place::CrossAttentionWeights(_)
    ));
    let width = queries.shape().length(BackAxis(0)) as f32;
    // Scaling the queries is cheaper than scaling the scores.
    let scores = queries
        .scale(width.sqrt().recip())?
        .matmul_transposed(&looked_up.keys)?;
    let scores = match &mask.0 {
        Some(mask) => scores.add(mask)?,
        None => scores,
    };
    let weights = probe.visit(weights_site, scores.softmax()?)?;
    merge_heads(&weights.matmul(&looked_up.values)?)
}
