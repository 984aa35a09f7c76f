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
        let mut hidden = embedded;
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
        let keys = probe.visit(site(Place::Keys(number)), attention.key.apply(hidden)?)?;
        let keys = split_heads(&keys, n_heads)?;
        let values = attention.value.apply(hidden)?;
        let values = probe.visit(site(Place::JoinedValues(number)), values)?;
        let values = split_heads(&values, n_heads)?;
        let values = probe.visit(site(Place::Values(number)), values)?;
        let hidden = pick_positions(hidden, rows)?;
        let queries = attention.query.apply(&hidden)?;
        let queries = probe.visit(site(Place::Queries(number)), queries)?;
        let attended = attend(
            &split_heads(&queries, n_heads)?,
            &KeysAndValues { keys, values },
            &CausalMask::none(),
            site(Place::AttentionWeights(number)),
            probe,
        )?;
        let attended = probe.visit(site(Place::WeighedValues(number)), attended)?;
        let attended = attention.output.apply(&attended)?;
        let attended = probe.visit(site(Place::AttentionOutput(number)), attended)?;
        let sum = probe.visit(site(Place::AttentionSum(number)), hidden.add(&attended)?)?;
        let hidden = attention.norm.apply(&sum)?;
        let hidden = probe.visit(site(Place::AttentionNorm(number)), hidden)?;
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
        let inner = weights.expand.apply(hidden)?;
        let inner = probe.visit(site(Place::FeedForwardInner(number)), inner)?;
        let inner = inner.activate(self.activation)?;
        let inner = probe.visit(site(Place::FeedForwardActivated(number)), inner)?;
        let added = weights.contract.apply(&inner)?;
        let added = probe.visit(site(Place::FeedForwardOutput(number)), added)?;
        let sum = probe.visit(site(Place::FeedForwardSum(number)), hidden.add(&added)?)?;
        let output = weights.norm.apply(&sum)?;
        probe.visit(site(Place::LayerOutput(number)), output)
    }
}
