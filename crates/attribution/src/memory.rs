use crate::run::Run;

/// Bytes of one value.
const VALUE: usize = std::mem::size_of::<f32>();

/// How much work is done at once, so that intermediate values fit the budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Chunks {
    /// Points of a path in one forward pass.
    pub(crate) n_points: usize,
    /// Targets in one reverse pass over those points.
    pub(crate) n_targets: usize,
}

impl Chunks {
    /// Divides a run of `n_points` points.
    ///
    /// The figures are estimates from the model's sizes: a traced layer keeps about
    /// sixteen hidden states per token and three matrices of attention weights; a
    /// reverse pass holds the cotangents of about one layer. Half of the budget goes
    /// to each.
    pub(crate) fn for_run(run: &Run<'_>, n_points: usize) -> Self {
        let summary = run.model.summary();
        let n_tokens = run.n_source() + run.n_prefix();
        let attention = 3 * summary.n_heads * n_tokens * n_tokens;
        let layer = 16 * summary.hidden_size * n_tokens + attention;
        let logits = 4 * run.positions.len() * summary.vocabulary_size;
        let forward_bytes = VALUE * (layer * summary.n_layers + logits) * run.n_runs();
        let reverse_bytes = VALUE * 2 * layer;
        let half = run.memory_budget_bytes / 2;
        let n_points = (half / forward_bytes.max(1)).clamp(1, n_points.max(1));
        let n_targets =
            (half / (reverse_bytes * n_points).max(1)).clamp(1, run.positions.len().max(1));
        Self {
            n_points,
            n_targets,
        }
    }
}
