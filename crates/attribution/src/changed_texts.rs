//! What becomes of targets when tokens of the text are replaced.

use std::ops::Range;

use models::{Cache, Inputs, NoProbe, Side};
use tensor::{BackAxis, Tensor};

use crate::run::{Run, TextIds};
use crate::sides::Sides;
use crate::states::States;
use crate::{Error, Result};

/// Tokens in one forward pass from which on more make it no faster: products with
/// fewer rows spend their time reading weights.
const ENOUGH_TOKENS: usize = 64;

/// Runs texts that differ from the run's in some tokens, many at once, over some of
/// its targets.
///
/// A position sees only those before it, so that what comes before the first replaced
/// token is read from a cache that the unchanged text has filled, and targets there are
/// as they were. A replaced source token changes everything in the decoder.
pub(crate) struct ChangedTexts<'r, 'a> {
    run: &'r Run<'a>,
    targets: Range<usize>,
    scaling: DecoderScaling,
    n_at_most: Option<usize>,
    clean: Cache,
    /// Of the unchanged text.
    clean_states: States,
}

/// What the decoder makes of embeddings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DecoderScaling {
    /// As the run's compatibility says.
    OfRun,
    /// As for token ids, whatever the compatibility.
    OfIds,
}

/// The first thing that differs from the unchanged text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Change {
    InSource,
    InPrefix(usize),
    /// After all that the targets depend on, or none.
    Nowhere,
}

impl<'r, 'a> ChangedTexts<'r, 'a> {
    pub(crate) fn new(
        run: &'r Run<'a>,
        targets: Range<usize>,
        scaling: DecoderScaling,
    ) -> Result<Self> {
        let positions = &run.positions[targets.clone()];
        let prefix = &run.prefix_ids()[..n_read(positions)];
        let inputs = Inputs {
            source: run.embeddings()?.source,
            prefix: scaling.apply(run, run.model.embed(Side::Target, prefix)?)?,
        };
        let mut clean = Cache::default();
        let cache = Some(&mut clean);
        let hidden = run.model.forward(&inputs, positions, cache, &mut NoProbe)?;
        let own = run.attributed(&run.embeddings()?);
        let clean_states = run.states(hidden, targets.clone(), &own)?;
        Ok(Self {
            run,
            targets,
            scaling,
            n_at_most: None,
            clean,
            clean_states,
        })
    }

    /// At most this many texts in a pass. The result does not depend on it.
    pub(crate) fn at_most(self, n_at_most: Option<usize>) -> Self {
        Self { n_at_most, ..self }
    }

    /// What `look` makes of the states before the unchanged text's targets.
    pub(crate) async fn look_at_unchanged(
        &self,
        look: impl Fn(&States) -> Result<Tensor>,
    ) -> Result<Vec<f32>> {
        Ok(look(&self.clean_states)?.read().await?)
    }

    /// What `look` makes of the states before each text's targets: for states
    /// `[texts, targets, hidden]` of some targets it returns `[texts, targets, ..]`.
    /// `report` is told how many texts are done.
    pub(crate) async fn look_at(
        &self,
        texts: &[TextIds],
        look: impl Fn(&States) -> Result<Tensor>,
        report: impl Fn(usize),
    ) -> Result<Vec<Vec<f32>>> {
        let unchanged = self.look_at_unchanged(&look).await?;
        let width = unchanged.len() / self.targets.len();
        let mut seen = vec![unchanged; texts.len()];
        let mut changes: Vec<(Change, usize)> = texts
            .iter()
            .enumerate()
            .map(|(index, text)| (self.change(text), index))
            .filter(|(change, _)| *change != Change::Nowhere)
            .collect();
        changes.sort();
        let mut n_done = texts.len() - changes.len();
        let mut rest = changes.as_slice();
        while let Some((change, _)) = rest.first() {
            let (batch, later) = rest.split_at(self.n_at_once(rest));
            rest = later;
            let batch_texts: Vec<&TextIds> = batch.iter().map(|(_, n)| &texts[*n]).collect();
            let states = self.forward(*change, &batch_texts)?;
            let values = look(&states)?.read().await?;
            let first = (states.targets.start - self.targets.start) * width;
            let rows = values.chunks_exact(values.len() / batch.len());
            for ((_, index), row) in batch.iter().zip(rows) {
                seen[*index][first..].copy_from_slice(row);
            }
            n_done += batch.len();
            report(n_done);
        }
        Ok(seen)
    }

    /// How many prefix tokens the last target depends on.
    fn n_prefix(&self) -> usize {
        n_read(&self.run.positions[self.targets.clone()])
    }

    fn change(&self, text: &TextIds) -> Change {
        if text.source.as_deref() != self.run.source_ids() {
            return Change::InSource;
        }
        let own = self.run.prefix_ids().iter();
        match own.zip(&text.prefix).position(|(own, id)| own != id) {
            Some(first) if first < self.n_prefix() => Change::InPrefix(first),
            _ => Change::Nowhere,
        }
    }

    /// States before those targets that may have changed, `[texts, targets, hidden]`, of
    /// texts whose first change is `change` or later.
    fn forward(&self, change: Change, texts: &[&TextIds]) -> Result<States> {
        let first = match change {
            Change::InPrefix(first) => first,
            Change::InSource | Change::Nowhere => 0,
        };
        let prefixes: Vec<&[u32]> = texts
            .iter()
            .map(|text| &text.prefix[first..self.n_prefix()])
            .collect();
        let positions = &self.run.positions[self.targets.clone()];
        let n_before = positions.partition_point(|position| (*position as usize) < first);
        let targets = self.targets.start + n_before..self.targets.end;
        let positions: Vec<u32> = positions[n_before..]
            .iter()
            .map(|position| position - first as u32)
            .collect();

        let is_source_changed = change == Change::InSource;
        let source = match self.run.source_ids() {
            Some(_) if is_source_changed => {
                let sources: Vec<&[u32]> = texts
                    .iter()
                    .filter_map(|text| text.source.as_deref())
                    .collect();
                Some(self.embed(Side::Source, &sources)?)
            }
            Some(own) => Some(self.run.model.embed(Side::Source, own)?),
            None => None,
        };
        // What all texts share is computed once: layers before the decoder first looks
        // at the source.
        let is_shared = is_source_changed && prefixes.iter().all(|ids| *ids == prefixes[0]);
        let read = if is_shared { &prefixes[..1] } else { &prefixes };
        let prefix = self
            .scaling
            .apply(self.run, self.embed(Side::Target, read)?)?;
        let mut cache = self.clean.first(first)?;
        let cache = (!is_source_changed).then_some(&mut cache);
        let inputs = Inputs { source, prefix };
        let model = self.run.model;
        let hidden = model.forward(&inputs, &positions, cache, &mut NoProbe)?;
        let whole: Vec<&[u32]> = texts.iter().map(|text| text.prefix.as_slice()).collect();
        let moved = Sides {
            source: inputs.source,
            prefix: Some(self.embed(Side::Target, &whole)?),
        };
        self.run.states(hidden, targets, &moved)
    }

    /// Embeddings of texts of one length, `[texts, tokens, hidden]`; of one text,
    /// `[tokens, hidden]`.
    fn embed(&self, side: Side, texts: &[&[u32]]) -> Result<Tensor> {
        let embedded = self.run.model.embed(side, &texts.concat())?;
        if texts.len() < 2 {
            return Ok(embedded);
        }
        let width = embedded.shape().length(BackAxis(0));
        let shape = [texts.len(), texts[0].len(), width];
        embedded.reshape(2, &shape).map_err(Error::from)
    }

    /// How many of the next texts share a pass: those that differ no earlier and at the
    /// same place as the first, and more until the pass is large enough; as memory
    /// allows.
    fn n_at_once(&self, texts: &[(Change, usize)]) -> usize {
        let first = texts[0].0;
        let (n_past, n_source) = match first {
            Change::InPrefix(n_past) => (n_past, 0),
            Change::InSource | Change::Nowhere => (0, self.run.n_source()),
        };
        let n_tokens = self.n_prefix() - n_past + n_source;
        let n_allowed = self.run.memory_budget_bytes / self.bytes_of_text(n_past, n_tokens);
        let n_wanted = ENOUGH_TOKENS.div_ceil(n_tokens);
        let n_alike = texts.iter().take_while(|text| text.0 == first).count();
        let n_of_kind = texts
            .iter()
            .take_while(|text| (text.0 == Change::InSource) == (first == Change::InSource))
            .count();
        n_alike
            .max(n_wanted.min(n_of_kind))
            .min(n_allowed)
            .min(self.n_at_most.unwrap_or(usize::MAX))
            .clamp(1, texts.len())
    }

    /// What one text in a pass takes: keys and values of every layer, about sixteen
    /// hidden states per token and three matrices of attention weights in one layer,
    /// and the logits of its targets.
    fn bytes_of_text(&self, n_past: usize, n_tokens: usize) -> usize {
        let summary = self.run.model.summary();
        let n_seen = n_past + n_tokens;
        let remembered = 2 * summary.n_layers * summary.hidden_size * n_seen;
        let layer = 16 * summary.hidden_size * n_tokens + 3 * summary.n_heads * n_tokens * n_seen;
        let logits = 4 * self.targets.len() * summary.vocabulary_size;
        std::mem::size_of::<f32>() * (remembered + layer + logits)
    }
}

impl DecoderScaling {
    fn apply(self, run: &Run<'_>, embedded: Tensor) -> Result<Tensor> {
        match self {
            Self::OfRun => run.read_by_decoder(embedded),
            Self::OfIds => Ok(embedded),
        }
    }
}

/// How many tokens are read for targets chosen at these positions.
fn n_read(positions: &[u32]) -> usize {
    positions.last().map_or(0, |last| *last as usize + 1)
}
