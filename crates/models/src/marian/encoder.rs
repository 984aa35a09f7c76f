use tensor::Tensor;

use super::forward::Marian;
use super::weights::FeedForward;
use crate::layers::{CausalMask, attend, split_heads};
use crate::positions::pick_positions;
use crate::sequence_model::KeysAndValues;
use crate::{Place, Probe, Result, Site, Stack};

impl Marian {
    /// Source embeddings with positions → what the decoder attends to, both
    /// `[.., source, hidden]`.
    pub(super) fn encode(&self, embedded: Tensor, probe: &mut dyn Probe) -> Result<Tensor> {
        let embeddings = Site {
            stack: Stack::Encoder,
            place: Place::Embeddings,
        };
        let mut hidden = probe.visit(embeddings, embedded)?;
        for number in 0..self.weights.encoder.len() {
            hidden = self.encoder_layer(number, &hidden, None, probe)?;
        }
        Ok(hidden)
    }

    /// One encoder layer: `hidden` for all tokens in, for `rows` out; all for `None`.
    pub(super) fn encoder_layer(
        &self,
        number: usize,
        hidden: &Tensor,
        rows: Option<&[u32]>,
        probe: &mut dyn Probe,
    ) -> Result<Tensor> {
        let layer = &self.weights.encoder[number];
        let attention = &layer.attention;
        let n_heads = self.n_encoder_heads;
        let site = |place| Site {
            stack: Stack::Encoder,
            place,
        };
        let keys = split_heads(&attention.key.apply(hidden)?, n_heads)?;
        let values = split_heads(&attention.value.apply(hidden)?, n_heads)?;
        let values = probe.visit(site(Place::Values(number)), values)?;
        let hidden = pick_positions(hidden, rows)?;
        let attended = attend(
            &split_heads(&attention.query.apply(&hidden)?, n_heads)?,
            &KeysAndValues { keys, values },
            &CausalMask::none(),
            site(Place::AttentionWeights(number)),
            probe,
        )?;
        let attended = attention.output.apply(&attended)?;
        let attended = probe.visit(site(Place::AttentionOutput(number)), attended)?;
        let hidden = attention.norm.apply(&hidden.add(&attended)?)?;
        self.feed_forward(Stack::Encoder, number, &layer.feed_forward, &hidden, probe)
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
