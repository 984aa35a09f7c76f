use tensor::Tensor;

use super::forward::Marian;
use super::weights::{Attention, DecoderLayer};
use crate::layers::{CausalMask, attend, split_heads};
use crate::positions::pick_positions;
use crate::sequence_model::{KeysAndValues, LayerCache};
use crate::{Place, Probe, Result, Site, Stack};

/// What one decoder layer is given beside its input.
pub(super) struct DecoderStep<'a> {
    /// Which layer.
    pub(super) number: usize,
    /// The positions to go on with; all for `None`.
    pub(super) rows: Option<&'a [u32]>,
    /// Which earlier positions they see.
    pub(super) mask: &'a CausalMask,
    /// The encoder's output; not needed if the cache has seen it.
    pub(super) encoded: Option<&'a Tensor>,
    /// Keys and values of earlier positions.
    pub(super) cache: Option<&'a mut LayerCache>,
}

impl Marian {
    /// One decoder layer: `hidden` for all tokens in, for the step's rows out.
    pub(super) fn decoder_layer(
        &self,
        hidden: &Tensor,
        step: DecoderStep<'_>,
        probe: &mut dyn Probe,
    ) -> Result<Tensor> {
        let DecoderStep {
            number,
            rows,
            mask,
            encoded,
            cache,
        } = step;
        let layer: &DecoderLayer = &self.weights.decoder[number];
        let (own_memory, cross_memory) = match cache {
            Some(cache) => (Some(&mut cache.own), Some(&mut cache.cross)),
            None => (None, None),
        };
        let site = |place| Site {
            stack: Stack::Decoder,
            place,
        };

        let own = self.look_up(&layer.attention, hidden, site(Place::Values(number)), probe)?;
        let own = match own_memory {
            Some(memory) => own.remembered(memory)?,
            None => own,
        };
        let hidden = pick_positions(hidden, rows)?;
        let attended = self.query(
            &layer.attention,
            &hidden,
            &own,
            mask,
            site(Place::AttentionWeights(number)),
            probe,
        )?;
        let attended = probe.visit(site(Place::AttentionOutput(number)), attended)?;
        let hidden = layer.attention.norm.apply(&hidden.add(&attended)?)?;

        let cross_site = site(Place::CrossValues(number));
        let cross = match (cross_memory, encoded) {
            (Some(Some(known)), _) => known.clone(),
            (memory, encoded) => {
                let encoded = encoded.expect("without a filled cache the source was encoded");
                let made = self.look_up(&layer.cross_attention, encoded, cross_site, probe)?;
                if let Some(memory) = memory {
                    *memory = Some(made.clone());
                }
                made
            }
        };
        let attended = self.query(
            &layer.cross_attention,
            &hidden,
            &cross,
            &CausalMask::none(),
            site(Place::CrossAttentionWeights(number)),
            probe,
        )?;
        let attended = probe.visit(site(Place::CrossAttentionOutput(number)), attended)?;
        let hidden = layer.cross_attention.norm.apply(&hidden.add(&attended)?)?;
        self.feed_forward(Stack::Decoder, number, &layer.feed_forward, &hidden, probe)
    }

    fn look_up(
        &self,
        attention: &Attention,
        from: &Tensor,
        values_site: Site,
        probe: &mut dyn Probe,
    ) -> Result<KeysAndValues> {
        let n_heads = self.n_decoder_heads;
        let keys = split_heads(&attention.key.apply(from)?, n_heads)?;
        let values = split_heads(&attention.value.apply(from)?, n_heads)?;
        let values = probe.visit(values_site, values)?;
        Ok(KeysAndValues { keys, values })
    }

    fn query(
        &self,
        attention: &Attention,
        hidden: &Tensor,
        looked_up: &KeysAndValues,
        mask: &CausalMask,
        weights_site: Site,
        probe: &mut dyn Probe,
    ) -> Result<Tensor> {
        let queries = split_heads(&attention.query.apply(hidden)?, self.n_decoder_heads)?;
        let attended = attend(&queries, looked_up, mask, weights_site, probe)?;
        attention.output.apply(&attended)
    }
}
