//! Everything that a step function looks at, for one position of the inputs.

use std::ops::Range;

use models::{Inputs, NoProbe, Probe, Side};
use tensor::{BackAxis, Tensor, Usage};

use crate::contrast::Contrast;
use crate::dropout::{Dropout, mixed};
use crate::run::Run;
use crate::sides::Sides;
use crate::{Choices, DropoutRuns, Error, Result};

/// Final hidden states before some targets: of the text itself, and of the other runs
/// that the attributed function compares it with.
#[derive(Clone)]
pub(crate) struct States {
    /// Which targets.
    pub(crate) targets: Range<usize>,
    /// Of the text itself, `[.., targets, hidden]`.
    pub(crate) hidden: Tensor,
    /// Of the contrast's own run, `[.., targets, hidden]`, without leading axes if it
    /// does not depend on the attributed inputs.
    pub(crate) contrast: Option<Tensor>,
    /// Of runs with dropout, `[.., targets, hidden]` each.
    pub(crate) dropped: Vec<Tensor>,
}

impl States {
    /// All of them.
    fn tensors(&self) -> impl Iterator<Item = &Tensor> {
        [&self.hidden]
            .into_iter()
            .chain(&self.contrast)
            .chain(&self.dropped)
    }

    /// Those that depend on the attributed inputs.
    pub(crate) fn traced(&self) -> Vec<&Tensor> {
        self.tensors().filter(|state| state.is_traced()).collect()
    }

    /// The same values, each traced one as the start of a trace of its own.
    pub(crate) fn as_leaves(&self) -> Self {
        let leaf = |state: &Tensor| {
            if state.is_traced() {
                state.traced()
            } else {
                state.clone()
            }
        };
        self.map(leaf)
    }

    /// The same values without a memory.
    pub(crate) fn detached(&self) -> Self {
        self.map(Tensor::detached)
    }

    fn map(&self, map: impl Fn(&Tensor) -> Tensor) -> Self {
        Self {
            targets: self.targets.clone(),
            hidden: map(&self.hidden),
            contrast: self.contrast.as_ref().map(&map),
            dropped: self.dropped.iter().map(&map).collect(),
        }
    }
}

impl Run<'_> {
    /// What the attributed function looks at while the attributed inputs are `moved`,
    /// given the text's own hidden states `[.., targets, hidden]` there.
    ///
    /// A contrast with a run of its own is read with the same moved inputs wherever it
    /// shares them, so that path methods stay complete: the source of an
    /// encoder-decoder unless `contrast_sources` replaces it, and its prefix for those
    /// targets before which both outputs are equal. What differs is held as it is, and
    /// so is everything that a decoder-only model reads, as in Inseq.
    pub(crate) fn states(
        &self,
        hidden: Tensor,
        targets: Range<usize>,
        moved: &Sides<Tensor>,
    ) -> Result<States> {
        let contrast = match &self.contrast {
            Some(contrast) if contrast.force_inputs => {
                Some(self.contrast_states(contrast, &hidden, targets.clone(), moved)?)
            }
            _ => None,
        };
        let dropped = match self.function.dropout() {
            Some(runs) => self.dropped_states(runs, targets.clone(), moved)?,
            None => Vec::new(),
        };
        Ok(States {
            targets,
            hidden,
            contrast,
            dropped,
        })
    }

    /// Hidden states before some targets in runs with dropout.
    pub(crate) fn dropped_states(
        &self,
        runs: DropoutRuns,
        targets: Range<usize>,
        moved: &Sides<Tensor>,
    ) -> Result<Vec<Tensor>> {
        let inputs = self.inputs_at(moved)?;
        let positions = &self.positions[targets];
        let n_prefix = inputs.prefix.shape().length(BackAxis(1));
        (0..runs.n_runs as u64)
            .map(|run| {
                let seed = mixed(runs.seed, &[run]);
                let mut dropout = Dropout::new(self.model, seed, n_prefix, positions);
                let hidden = self.forward(&inputs, positions, &mut dropout)?;
                if dropout.drops_nothing() {
                    return Err(Error::NoDropout);
                }
                Ok(hidden)
            })
            .collect()
    }

    /// How many runs of the model the attributed function looks at.
    pub(crate) fn n_runs(&self) -> usize {
        let is_forced = |contrast: &Contrast| contrast.force_inputs;
        let n_dropped = self.function.dropout().map_or(0, |dropout| dropout.n_runs);
        1 + usize::from(self.contrast.as_ref().is_some_and(is_forced)) + n_dropped
    }

    /// The attributed function's value for each target, `[.., targets]`.
    pub(crate) fn scores(&self, states: &States) -> Result<Tensor> {
        let targets = states.targets.clone();
        let ids = &self.target_ids[targets.clone()];
        let mut choices = Choices::new(self.model, states.hidden.clone(), ids);
        if let Some(contrast) = &self.contrast {
            let ids = &contrast.ids[targets];
            choices = match &states.contrast {
                Some(hidden) => choices.with_contrast(hidden.clone(), ids),
                None => choices.with_contrast_tokens(ids),
            };
        }
        let choices = choices.with_dropped(states.dropped.iter().cloned());
        let scores = self.function.score(&choices)?;
        // A constant has no leading axes of its own.
        let lengths = states.hidden.shape().leading(1);
        if scores.shape().lengths() == lengths {
            Ok(scores)
        } else {
            Ok(scores.broadcast(scores.shape().rank(), lengths)?)
        }
    }

    /// Hidden states before each counterpart of some targets, `[.., targets, hidden]`.
    pub(crate) fn contrast_states(
        &self,
        contrast: &Contrast,
        hidden: &Tensor,
        targets: Range<usize>,
        moved: &Sides<Tensor>,
    ) -> Result<Tensor> {
        let inputs = self.inputs_at(moved)?;
        let source = match &contrast.source {
            Some(ids) if Some(ids.as_slice()) != self.source_ids() => {
                Some(self.model.embed(Side::Source, ids)?)
            }
            _ => inputs.source.clone(),
        };
        let has_own_source = contrast.source.is_some();
        let mut same_prefix = contrast.has_same_prefix(self.output, &self.range);
        same_prefix = same_prefix[targets.clone()].to_vec();
        // Where the prefix is a constant, both ways to read it are the same; the first
        // costs nothing if the source is the text's own.
        let is_worth_it = self.is_prefix_attributed() || !has_own_source;
        let n_moving = match is_worth_it && source.is_some() {
            true => same_prefix.iter().filter(|is_same| **is_same).count(),
            false => 0,
        };
        let on_own_prefix = |this: &Self| match has_own_source {
            false => Ok(hidden.clone()),
            true => this.forward(
                &Inputs {
                    source: source.clone(),
                    prefix: inputs.prefix.clone(),
                },
                &this.positions[targets.clone()],
                &mut NoProbe,
            ),
        };
        if n_moving == targets.len() {
            return on_own_prefix(self);
        }
        let counterparts = &contrast.positions[targets.clone()];
        let text = contrast.target.as_deref().unwrap_or(self.output);
        let held = self.states_before(source.clone(), text, counterparts)?;
        if n_moving == 0 {
            return Ok(held);
        }
        let picked = |chosen: bool| {
            let mask = same_prefix
                .iter()
                .map(|is_same| f32::from(u8::from(*is_same == chosen)));
            let shape = [targets.len(), 1];
            Tensor::upload(self.model.device(), mask.collect(), shape, Usage::Value)
        };
        let own = on_own_prefix(self)?.multiply(&picked(true)?)?;
        Ok(held.multiply(&picked(false)?)?.add(&own)?)
    }

    /// Hidden states just before some tokens of another output, `[.., tokens, hidden]`.
    /// Before its first token the model is given the beginning of text.
    fn states_before(
        &self,
        source: Option<Tensor>,
        text: &[u32],
        tokens: &[usize],
    ) -> Result<Tensor> {
        let last = tokens.iter().copied().max().unwrap_or(0);
        let before_first = || -> Result<Tensor> {
            let beginning = self.model.tokenizer().beginning_id();
            let beginning = beginning.expect("a contrast without one was refused");
            let prefix = self.model.embed(Side::Target, &[beginning])?;
            let inputs = Inputs {
                source: None,
                prefix,
            };
            self.forward(&inputs, &[0], &mut NoProbe)
        };
        if last == 0 {
            return Ok(before_first()?.pick_rows(&vec![0; tokens.len()])?);
        }
        let prefix = self.model.embed(Side::Target, &text[..last])?;
        let inputs = Inputs {
            source,
            prefix: self.read_by_decoder(prefix)?,
        };
        let place = |token: usize| u32::try_from(token).unwrap_or(u32::MAX);
        if !tokens.contains(&0) {
            let positions: Vec<u32> = tokens.iter().map(|token| place(token - 1)).collect();
            return self.forward(&inputs, &positions, &mut NoProbe);
        }
        let all: Vec<u32> = (0..last).map(place).collect();
        let states = self.forward(&inputs, &all, &mut NoProbe)?;
        let states = before_first()?.concatenate(&states, BackAxis(1))?;
        let rows: Vec<u32> = tokens.iter().map(|token| place(*token)).collect();
        Ok(states.pick_rows(&rows)?)
    }

    fn forward(&self, inputs: &Inputs, positions: &[u32], probe: &mut dyn Probe) -> Result<Tensor> {
        Ok(self.model.forward(inputs, positions, None, probe)?)
    }
}
