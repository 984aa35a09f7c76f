use tensor::Tensor;

use crate::{Place, Probe, Result, Site, Stack};

/// Token embeddings `[.., tokens, hidden]` with those of their positions,
/// `[tokens, hidden]`, as a stack's first layer reads them.
pub(crate) fn embedded(
    stack: Stack,
    tokens: &Tensor,
    positions: Tensor,
    probe: &mut dyn Probe,
) -> Result<Tensor> {
    let site = |place| Site { stack, place };
    let tokens = probe.visit(site(Place::TokenEmbeddings), tokens.clone())?;
    let positions = probe.visit(site(Place::PositionEmbeddings), positions)?;
    probe.visit(site(Place::Embeddings), tokens.add(&positions)?)
}
