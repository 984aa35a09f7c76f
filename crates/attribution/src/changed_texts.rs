//! What becomes of targets when tokens of the text are replaced.

use std::ops::Range;

use models::{Branch, Cache, Inputs, NoProbe, Side};
use tensor::{BackAxis, Op, Tensor};

use crate::run::{Run, TextIds};
use crate::sides::Sides;
use crate::states::States;
use crate::{Error, Result};

/// Tokens in one forward pass from which on more are not worth it. Measured with GPT-2 in
/// WebAssembly, reading the weights takes as long as multiplying ten tokens or so; and the
/// more tokens, the more keys of other texts each is compared with.
const ENOUGH_TOKENS: usize = 128;

/// Runs texts that differ from the run's in some tokens, many at once, over some of
/// its targets.
///
/// A position sees only those before it, so that what comes before the first replaced
/// token is read from a cache that the unchanged text has filled, and targets there are
/// as they were: each text is a branch with tokens of its own from there on. A replaced
/// source token changes everything in the decoder.
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

impl Change {
    /// The first token of the prefix that is not as it was.
    fn place(self) -> usize {
        match self {
            Self::InPrefix(first) => first,
            Self::InSource | Self::Nowhere => 0,
        }
    }
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
        while !rest.is_empty() {
            let (way, n_texts) = self.next_pass(rest);
            let (batch, later) = rest.split_at(n_texts);
            rest = later;
            let own: Vec<Changed<'_>> = batch
                .iter()
                .map(|(change, index)| self.changed(*change, &texts[*index]))
                .collect();
            let states = match way {
                Way::Alike(change) => self.alike(change, &own)?,
                Way::Branches => self.branches(&own)?,
            };
            let values = look(&states)?.read().await?;
            let rows = values.chunks_exact(values.len() / batch.len());
            for ((changed, (_, index)), row) in own.iter().zip(batch).zip(rows) {
                let n_as_before = changed.targets.start - states.targets.start;
                let first = changed.targets.start - self.targets.start;
                seen[*index][first * width..].copy_from_slice(&row[n_as_before * width..]);
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

    fn changed<'t>(&self, change: Change, text: &'t TextIds) -> Changed<'t> {
        Changed {
            text,
            first: change.place(),
            targets: self.targets_after(change),
        }
    }

    /// States `[texts, targets, hidden]` of texts that change at the same place.
    fn alike(&self, change: Change, texts: &[Changed<'_>]) -> Result<States> {
        let (first, targets) = (texts[0].first, texts[0].targets.clone());
        let prefixes: Vec<&[u32]> = texts.iter().map(|changed| self.own_ids(changed)).collect();
        let (source, read) = if change == Change::InSource {
            let sources = texts.iter().filter_map(|it| it.text.source.as_deref());
            let source = self.embed(Side::Source, &sources.collect::<Vec<_>>())?;
            // What all texts share is computed once: layers before the decoder first looks
            // at the source.
            let is_shared = prefixes.iter().all(|ids| *ids == prefixes[0]);
            let read = if is_shared { &prefixes[..1] } else { &prefixes };
            (Some(source), read)
        } else {
            (self.own_source()?, prefixes.as_slice())
        };
        let inputs = Inputs {
            source,
            prefix: self.read_by_decoder(self.embed(Side::Target, read)?)?,
        };
        let positions: Vec<u32> = self.run.positions[targets.clone()]
            .iter()
            .map(|position| position - first as u32)
            .collect();
        let mut cache = self.clean.first(first)?;
        let cache = (change != Change::InSource).then_some(&mut cache);
        let model = self.run.model;
        let hidden = model.forward(&inputs, &positions, cache, &mut NoProbe)?;
        self.states(hidden, targets, inputs.source, texts)
    }

    /// States `[texts, targets, hidden]` of texts whose prefixes may change at different
    /// places, in the order of these. Where a text's targets are as they were, they are 0.
    fn branches(&self, texts: &[Changed<'_>]) -> Result<States> {
        let targets = texts[0].targets.clone();
        let (mut ids, mut branches) = (Vec::new(), Vec::new());
        // Of each state the new token that it is of, and where it goes.
        let (mut tokens, mut places) = (Vec::new(), Vec::new());
        for (number, changed) in texts.iter().enumerate() {
            for target in changed.targets.clone() {
                let position = self.run.positions[target] as usize;
                tokens.push((ids.len() + position - changed.first) as u32);
                places.push((number * targets.len() + target - targets.start) as u32);
            }
            let own = self.own_ids(changed);
            ids.extend_from_slice(own);
            branches.push(Branch {
                n_shared: changed.first,
                n_own: own.len(),
            });
        }
        let inputs = Inputs {
            source: self.own_source()?,
            prefix: self.read_by_decoder(self.run.model.embed(Side::Target, &ids)?)?,
        };
        let most_shared = texts.last().map_or(0, |changed| changed.first);
        let mut cache = self.clean.first(most_shared)?.branched(branches)?;
        let model = self.run.model;
        let hidden = model.forward(&inputs, &tokens, Some(&mut cache), &mut NoProbe)?;
        let place = Op::PlaceRows {
            ids: places.into(),
            n_rows: texts.len() * targets.len(),
        };
        let width = hidden.shape().length(BackAxis(0));
        let hidden = Tensor::apply(place, &[&hidden])?;
        let hidden = hidden.reshape(2, &[texts.len(), targets.len(), width])?;
        self.states(hidden, targets, inputs.source, texts)
    }

    /// What a text's decoder reads after what it shares with the unchanged one.
    fn own_ids<'t>(&self, changed: &Changed<'t>) -> &'t [u32] {
        &changed.text.prefix[changed.first..self.n_prefix()]
    }

    fn states(
        &self,
        hidden: Tensor,
        targets: Range<usize>,
        source: Option<Tensor>,
        texts: &[Changed<'_>],
    ) -> Result<States> {
        let whole: Vec<&[u32]> = texts.iter().map(|it| it.text.prefix.as_slice()).collect();
        let is_read = self.run.n_runs() > 1;
        let embed = || self.embed(Side::Target, &whole);
        let moved = Sides {
            source,
            prefix: is_read.then(embed).transpose()?,
        };
        self.run.states(hidden, targets, &moved)
    }

    fn own_source(&self) -> Result<Option<Tensor>> {
        let embed = |ids| self.run.model.embed(Side::Source, ids);
        Ok(self.run.source_ids().map(embed).transpose()?)
    }

    fn read_by_decoder(&self, embedded: Tensor) -> Result<Tensor> {
        self.scaling.apply(self.run, embedded)
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

    /// How many of the next texts share a pass, as memory allows, and how: those that change
    /// at the same place, or, if these are few, some that may change at different ones.
    fn next_pass(&self, texts: &[(Change, usize)]) -> (Way, usize) {
        let first = texts[0].0;
        let n_alike = texts.iter().take_while(|text| text.0 == first).count();
        let n_own = |change: Change| match change {
            Change::InPrefix(first) => self.n_prefix() - first,
            Change::InSource | Change::Nowhere => self.n_prefix() + self.run.n_source(),
        };
        let most = self.n_at_most.unwrap_or(usize::MAX).max(1);
        let budget = self.run.memory_budget_bytes;
        if first == Change::InSource || n_alike * n_own(first) >= ENOUGH_TOKENS {
            let n_keys = first.place() + n_own(first);
            let of_text = self.bytes_of(first, 1, n_own(first), n_keys);
            let n_allowed = (budget / of_text).max(1);
            return (Way::Alike(first), n_allowed.min(n_alike).min(most));
        }
        // The source's changes came first, so that these are all in the prefix.
        let (mut n_texts, mut n_tokens) = (0, 0);
        for (change, _) in texts.iter().take(most) {
            let n_after = n_tokens + n_own(*change);
            let bytes = self.bytes_of(first, n_texts + 1, n_after, self.n_prefix() + n_after);
            if n_texts > 0 && (n_tokens >= ENOUGH_TOKENS || bytes > budget) {
                break;
            }
            (n_texts, n_tokens) = (n_texts + 1, n_after);
        }
        (Way::Branches, n_texts)
    }

    /// What texts that change from `first` on take, with so many tokens of their own:
    /// `n_keys` keys and values in every layer, about sixteen hidden states per token and
    /// three matrices of attention weights in one layer, and the logits of the targets.
    /// Other runs that are looked at read whole texts.
    fn bytes_of(&self, first: Change, n_texts: usize, n_tokens: usize, n_keys: usize) -> usize {
        let summary = self.run.model.summary();
        let layer_of = |n_tokens: usize, n_keys: usize| {
            16 * summary.hidden_size * n_tokens + 3 * summary.n_heads * n_tokens * n_keys
        };
        let remembered = 2 * summary.n_layers * summary.hidden_size * n_keys;
        let n_runs = self.run.n_runs();
        let n_whole = self.run.n_prefix();
        let others = match n_runs > 1 {
            true => n_texts * layer_of(n_whole, n_whole),
            false => 0,
        };
        let n_targets = self.targets_after(first).len();
        let logits = 4 * n_targets * summary.vocabulary_size * n_texts * n_runs;
        std::mem::size_of::<f32>() * (remembered + layer_of(n_tokens, n_keys) + others + logits)
    }

    /// The targets that a change may change.
    fn targets_after(&self, change: Change) -> Range<usize> {
        let positions = &self.run.positions[self.targets.clone()];
        let is_before = |position: &u32| (*position as usize) < change.place();
        self.targets.start + positions.partition_point(is_before)..self.targets.end
    }
}

/// How texts share a pass.
#[derive(Clone, Copy)]
enum Way {
    /// As a batch of texts that change at this place.
    Alike(Change),
    /// As branches of the unchanged one.
    Branches,
}

/// A text, and from where on it differs from the unchanged one.
struct Changed<'t> {
    text: &'t TextIds,
    /// The first token of the prefix that may be another.
    first: usize,
    /// The targets that it may change.
    targets: Range<usize>,
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
