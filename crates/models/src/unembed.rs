use tensor::{BackAxis, Tensor};

use crate::Result;

/// One logit for each position: the dot product of its hidden state with one row of
/// the unembedding. `[.., positions, hidden]` → `[.., positions]`.
pub(crate) fn unembed_choices(
    hidden: &Tensor,
    unembedding: &Tensor,
    ids: &[u32],
) -> Result<Tensor> {
    let rows = unembedding.pick_rows(ids)?; // [positions, hidden]
    let products = hidden.multiply(&rows)?.sum(BackAxis(0))?;
    Ok(products.reshape(2, &[ids.len()])?)
}
