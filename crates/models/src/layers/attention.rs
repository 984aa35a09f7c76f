use std::ops::Range;

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

    /// Of `n_keys`, each query sees so many of the first, and a range of the others.
    pub(crate) fn new(
        device: &Device,
        n_keys: usize,
        seen: &[(usize, Range<usize>)],
    ) -> Result<Self> {
        let sees_all =
            |(first, rest): &(usize, Range<usize>)| *first >= rest.start && rest.end >= n_keys;
        if seen.iter().all(sees_all) {
            return Ok(Self(None));
        }
        // The lowest finite number, as transformers' eager attention adds it.
        let mut values = vec![f32::MIN; seen.len() * n_keys];
        for (row, (first, rest)) in values.chunks_exact_mut(n_keys).zip(seen) {
            row[..*first].fill(0.0);
            row[rest.clone()].fill(0.0);
        }
        let shape = [seen.len(), n_keys];
        let mask = Tensor::upload(device, values, shape, Usage::Value)?;
        Ok(Self(Some(mask)))
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
