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

        let own_part = AttentionPart {
            weights: &layer.attention,
            sites: AttentionSites::own(number),
        };
        let own = self.look_up(&own_part, hidden, probe)?;
        let own = match own_memory {
            Some(memory) => own.remembered(memory)?,
            None => own,
        };
        let hidden = pick_positions(hidden, rows)?;
        let hidden = self.attended(&own_part, &hidden, &own, mask, probe)?;

        let cross_part = AttentionPart {
            weights: &layer.cross_attention,
            sites: AttentionSites::cross(number),
        };
        let cross = match (cross_memory, encoded) {
            (Some(Some(known)), _) => known.clone(),
            (memory, encoded) => {
                let encoded = encoded.expect("without a filled cache the source was encoded");
                let made = self.look_up(&cross_part, encoded, probe)?;
                if let Some(memory) = memory {
                    *memory = Some(made.clone());
                }
                made
            }
        };
        let hidden = self.attended(&cross_part, &hidden, &cross, &CausalMask::none(), probe)?;
        self.feed_forward(Stack::Decoder, number, &layer.feed_forward, &hidden, probe)
    }

    fn look_up(
        &self,
        part: &AttentionPart<'_>,
        from: &Tensor,
        probe: &mut dyn Probe,
    ) -> Result<KeysAndValues> {
        let (attention, sites) = (part.weights, &part.sites);
        let n_heads = self.n_decoder_heads;
        let keys = probe.visit(sites.keys, attention.key.apply(from)?)?;
        let keys = split_heads(&keys, n_heads)?;
        let values = probe.visit(sites.joined_values, attention.value.apply(from)?)?;
        let values = probe.visit(sites.values, split_heads(&values, n_heads)?)?;
        Ok(KeysAndValues { keys, values })
    }

    /// `hidden` with what attention adds, normalized.
    fn attended(
        &self,
        part: &AttentionPart<'_>,
        hidden: &Tensor,
        looked_up: &KeysAndValues,
        mask: &CausalMask,
        probe: &mut dyn Probe,
    ) -> Result<Tensor> {
        let (attention, sites) = (part.weights, &part.sites);
        let queries = probe.visit(sites.queries, attention.query.apply(hidden)?)?;
        let queries = split_heads(&queries, self.n_decoder_heads)?;
        let weighed = attend(&queries, looked_up, mask, sites.weights, probe)?;
        let weighed = probe.visit(sites.weighed, weighed)?;
        let added = probe.visit(sites.output, attention.output.apply(&weighed)?)?;
        let sum = probe.visit(sites.sum, hidden.add(&added)?)?;
        probe.visit(sites.norm, attention.norm.apply(&sum)?)
    }
}

/// One of a decoder layer's two attentions.
struct AttentionPart<'a> {
    weights: &'a Attention,
    sites: AttentionSites,
}

/// Where its values are seen.
struct AttentionSites {
    queries: Site,
    keys: Site,
    joined_values: Site,
    values: Site,
    weights: Site,
    weighed: Site,
    output: Site,
    sum: Site,
    norm: Site,
}

impl AttentionSites {
    /// Of a layer's attention to the output itself.
    fn own(number: usize) -> Self {
        Self {
            queries: decoder_site(Place::Queries(number)),
            keys: decoder_site(Place::Keys(number)),
            joined_values: decoder_site(Place::JoinedValues(number)),
            values: decoder_site(Place::Values(number)),
            weights: decoder_site(Place::AttentionWeights(number)),
            weighed: decoder_site(Place::WeighedValues(number)),
            output: decoder_site(Place::AttentionOutput(number)),
            sum: decoder_site(Place::AttentionSum(number)),
            norm: decoder_site(Place::AttentionNorm(number)),
        }
    }

    /// Of a layer's attention to the source.
    fn cross(number: usize) -> Self {
        Self {
            queries: decoder_site(Place::CrossQueries(number)),
            keys: decoder_site(Place::CrossKeys(number)),
            joined_values: decoder_site(Place::JoinedCrossValues(number)),
            values: decoder_site(Place::CrossValues(number)),
            weights: decoder_site(Place::CrossAttentionWeights(number)),
            weighed: decoder_site(Place::WeighedCrossValues(number)),
            output: decoder_site(Place::CrossAttentionOutput(number)),
            sum: decoder_site(Place::CrossAttentionSum(number)),
            norm: decoder_site(Place::CrossAttentionNorm(number)),
        }
    }
}

fn decoder_site(place: Place) -> Site {
    Site {
        stack: Stack::Decoder,
        place,
    }
}
