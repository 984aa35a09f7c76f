use models::Side;

use super::readings::Readings;
use super::{Pecore, spelled};
use crate::Answer;

/// Tokens among what was attributed to.
pub(super) struct Place {
    pub(super) is_source: bool,
    pub(super) start: usize,
    pub(super) tokens: Vec<String>,
}

impl Pecore<'_> {
    /// Where the input's context is among what was attributed to.
    pub(super) fn input_context(&self, readings: &Readings) -> Answer<Option<Place>> {
        let Some(context) = &self.asked.input_context_text else {
            return Ok(None);
        };
        let is_source = self.decoder_start().is_some();
        let side = if is_source {
            Side::Source
        } else {
            Side::Target
        };
        let before = self.plan.input.before_context();
        let start = self.split(before, side)?.len();
        let end = self.split(&format!("{before}{context}"), side)?.len();
        let ids = match is_source {
            true => self.split(&readings.input, side)?,
            false => readings.whole.clone(),
        };
        Ok(Some(self.place(
            is_source,
            start,
            between(&ids, start, end),
        )))
    }

    /// Where the output's context is among what was attributed to.
    pub(super) fn output_context(&self, readings: &Readings) -> Answer<Option<Place>> {
        let Some(context) = &self.asked.output_context_text else {
            return Ok(None);
        };
        let before = self.plan.output.before_context();
        let (before, decoder_start) = match self.decoder_start() {
            // In Inseq the first row is the decoder's start.
            Some(_) => (before.to_owned(), usize::from(!self.follows_inseq())),
            None => (self.joined(&readings.input, before), 0),
        };
        let start = self.split(before.trim_end(), Side::Target)?.len();
        let end = self
            .split(&format!("{before}{context}"), Side::Target)?
            .len();
        let ids = match self.follows_inseq() {
            // Inseq spells the context's tokens as of a text of its own.
            true => self.split(context, Side::Target)?,
            false => between(&readings.whole, start, end),
        };
        Ok(Some(self.place(false, start + decoder_start, ids)))
    }

    fn place(&self, is_source: bool, start: usize, ids: Vec<u32>) -> Place {
        let side = match is_source {
            true => Side::Source,
            false => Side::Target,
        };
        Place {
            is_source,
            start,
            tokens: spelled(self.tokenizer(), &ids, side),
        }
    }
}

/// What there is between two positions; a context that its neighbors swallow has
/// nothing.
fn between(ids: &[u32], start: usize, end: usize) -> Vec<u32> {
    ids.get(start..end.min(ids.len()))
        .unwrap_or_default()
        .to_vec()
}
