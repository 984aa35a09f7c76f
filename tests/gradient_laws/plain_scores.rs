//! Scores of targets by plain forward passes, with values at sites looked at and
//! replaced: what attributions are compared with.

use futures::executor::block_on;
use models::{Inputs, Probe, Side, Site};
use tensor::Tensor;

use crate::tiny_text::TinyText;

/// What stands in for tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// The text as it is.
    AsItIs,
    /// Every token unknown, but for ends and the decoder's start.
    Baseline,
    /// The same, of the source only.
    BaselineSource,
}

impl TinyText {
    fn blank(&self, ids: &[u32]) -> Vec<u32> {
        let tokenizer = self.model.tokenizer();
        let unknown = tokenizer.unknown_id().expect("both families have one");
        let is_kept = |id: &u32| {
            Some(*id) == tokenizer.end_id()
                || Some(*id) == self.model.summary().decoder_start_token_id
        };
        ids.iter()
            .map(|id| if is_kept(id) { *id } else { unknown })
            .collect()
    }

    /// The logit of each target's token.
    pub(crate) fn logits(&self, reading: Reading, probe: &mut dyn Probe) -> Vec<f32> {
        let prefix = &self.target[..self.target.len() - 1];
        let source = self.source.clone();
        let (source, prefix) = match reading {
            Reading::AsItIs => (source, prefix.to_vec()),
            Reading::Baseline => (source.map(|ids| self.blank(&ids)), self.blank(prefix)),
            Reading::BaselineSource => (source.map(|ids| self.blank(&ids)), prefix.to_vec()),
        };
        let embed = |side, ids: &[u32]| self.model.embed(side, ids).expect("ids are known");
        let inputs = Inputs {
            source: source.map(|ids| embed(Side::Source, &ids)),
            prefix: embed(Side::Target, &prefix),
        };
        let positions: Vec<u32> = (self.n_given - 1..prefix.len())
            .map(|position| position as u32)
            .collect();
        let chosen = &self.target[self.n_given..];
        let logits = self
            .model
            .forward(&inputs, &positions, None, probe)
            .and_then(|hidden| self.model.unembed_choices(&hidden, chosen))
            .expect("the text fits the model");
        block_on(logits.read()).expect("the processor can be read")
    }
}

/// Looks at sites, or puts values there.
#[derive(Default)]
pub(crate) struct Exchange {
    /// What to look at.
    pub(crate) wanted: Vec<Site>,
    /// What was seen there, in the order of `wanted`.
    pub(crate) seen: Vec<Option<Tensor>>,
    /// What to put where.
    pub(crate) replaced: Vec<(Site, Tensor)>,
}

impl Exchange {
    pub(crate) fn looking_at(sites: &[Site]) -> Self {
        Self {
            wanted: sites.to_vec(),
            seen: vec![None; sites.len()],
            replaced: Vec::new(),
        }
    }

    pub(crate) fn values(&self) -> Vec<Tensor> {
        let seen = self.seen.iter().flatten();
        seen.cloned().collect()
    }
}

impl Probe for Exchange {
    fn visit(&mut self, site: Site, value: Tensor) -> models::Result<Tensor> {
        if let Some(index) = self.wanted.iter().position(|wanted| *wanted == site) {
            self.seen[index] = Some(value.clone());
        }
        let replaced = self.replaced.iter().find(|(place, _)| *place == site);
        Ok(replaced.map_or(value, |(_, other)| other.clone()))
    }
}

pub(crate) fn differences(left: &[f32], right: &[f32]) -> Vec<f32> {
    left.iter()
        .zip(right)
        .map(|(left, right)| left - right)
        .collect()
}
