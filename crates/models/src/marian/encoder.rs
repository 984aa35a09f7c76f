use tensor::Tensor;

use super::forward::Marian;
use super::weights::FeedForward;
use crate::layers::{CausalMask, attend, split_heads};
use crate::sequence_model::KeysAndValues;
use crate::{Place, Probe, Result, Site, Stack};

impl Marian {
    /// Source embeddings with positions → what the decoder attends to, both
    /// `[.., source, hidden]`.
    pub(super) fn encode(&self, embedded: Tensor, probe: &mut dyn Probe) -> Result<Tensor> {
        let site = |place| Site {
            stack: Stack::Encoder,
            place,
        };
        let mut hidden = probe.visit(site(Place::Embeddings), embedded)?;
        let n_heads = self.n_encoder_heads;
        for (number, layer) in self.weights.encoder.iter().enumerate() {
            let attention = &layer.attention;
            let keys = split_heads(&attention.key.apply(&hidden)?, n_heads)?;
            let values = split_heads(&attention.value.apply(&hidden)?, n_heads)?;
            let values = probe.visit(site(Place::Values(number)), values)?;
            let attended = attend(
                &split_heads(&attention.query.apply(&hidden)?, n_heads)?,
                &KeysAndValues { keys, values },
                &CausalMask::none(),
                site(Place::AttentionWeights(number)),
                probe,
            )?;
            let attended = attention.output.apply(&attended)?;
            let attended = probe.visit(site(Place::AttentionOutput(number)), attended)?;
            hidden = attention.norm.apply(&hidden.add(&attended)?)?;
            hidden =
                self.feed_forward(Stack::Encoder, number, &layer.feed_forward, &hidden, probe)?;
        }
        Ok(hidden)
    }

    /// The second half of a layer of either stack.
    pub(super) fn feed_forward(
        &self,
        stack: Stack,
        number: usize,
        weights: &FeedForward,
        hidden: &Tensor,
        probe: &mut dyn Probe,
    ) -> Result<Tensor> {
        let site = |place| Site { stack, place };
        let inner = weights.expand.apply(hidden)?.activate(self.activation)?;
        let added = weights.contract.apply(&inner)?;
        let added = probe.visit(site(Place::FeedForwardOutput(number)), added)?;
        let output = weights.norm.apply(&hidden.add(&added)?)?;
        probe.visit(site(Place::LayerOutput(number)), output)
    }
}
