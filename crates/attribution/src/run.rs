use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;

use attribution_output::{Axis, Compatibility, Kind, Scores};
use models::{Inputs, NoProbe, Probe, SequenceModel, Side};
use tensor::{BackAxis, Tensor};

use crate::contrast::Contrast;
use crate::draws::Draws;
use crate::sides::Sides;
use crate::states::States;
use crate::{Error, Fold, Request, Result, StepFunction};

/// Everything a method needs to attribute the targets of one sequence.
pub(crate) struct Run<'a> {
    pub(crate) model: &'a dyn SequenceModel,
    pub(crate) function: Rc<dyn StepFunction>,
    /// What the request calls it.
    pub(crate) function_id: &'a str,
    /// What the attributed function compares with.
    pub(crate) contrast: Option<Contrast>,
    pub(crate) fold: Fold,
    pub(crate) compatibility: Compatibility,
    pub(crate) memory_budget_bytes: usize,
    /// Source tokens.
    source_ids: Option<&'a [u32]>,
    /// What the decoder reads: all tokens before the last target.
    prefix_ids: &'a [u32],
    /// All tokens of the output, and which of them are the targets.
    pub(crate) output: &'a [u32],
    pub(crate) range: Range<usize>,
    /// Position in the prefix from which each target is chosen.
    pub(crate) positions: Vec<u32>,
    /// The targets themselves.
    pub(crate) target_ids: &'a [u32],
    is_prefix_attributed: bool,
    include_eos_baseline: bool,
    recorded_draws: Option<&'a [f64]>,
    clean: OnceCell<Pass>,
    progress: RefCell<&'a mut dyn FnMut(u64, u64)>,
}

/// Tokens of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TextIds {
    /// The source's; `None` without a source.
    pub(crate) source: Option<Vec<u32>>,
    /// What the decoder reads.
    pub(crate) prefix: Vec<u32>,
}

/// One forward pass.
pub(crate) struct Pass {
    /// Embeddings that are attributed to, traced, `[.., tokens, hidden]`.
    pub(crate) inputs: Sides<Tensor>,
    /// What the attributed function looks at, before each target.
    pub(crate) states: States,
}

impl<'a> Run<'a> {
    pub(crate) fn new(
        model: &'a dyn SequenceModel,
        request: &'a Request,
        range: &Range<usize>,
        function: Rc<dyn StepFunction>,
        progress: &'a mut dyn FnMut(u64, u64),
    ) -> Result<Self> {
        let is_encoder_decoder = model.summary().is_encoder_decoder;
        if is_encoder_decoder && request.source.is_none() {
            return Err(Error::Model(models::Error::MissingSource {
                family: model.summary().family,
            }));
        }
        if range.start == 0 {
            // The first token is chosen from nothing; there is no state to look at.
            return Err(Error::NothingToAttribute {
                start: 0,
                end: range.end,
                n_tokens: request.target.len(),
            });
        }
        let positions = (range.start - 1..range.end - 1)
            .map(|position| u32::try_from(position).unwrap_or(u32::MAX))
            .collect();
        let contrast = Contrast::read(
            &request.attributed_fn,
            &request.attributed_fn_args,
            model,
            request,
            range,
        )?;
        let has_own_run = contrast
            .as_ref()
            .is_some_and(|contrast| contrast.force_inputs);
        if function.compares_runs() && !has_own_run {
            return Err(Error::ContrastNotForced {
                function: request.attributed_fn.clone(),
            });
        }
        Ok(Self {
            model,
            function,
            function_id: &request.attributed_fn,
            contrast,
            fold: request.fold,
            compatibility: request.compatibility,
            memory_budget_bytes: request.memory_budget_bytes,
            source_ids: request.source.as_deref(),
            prefix_ids: &request.target[..range.end - 1],
            output: &request.target,
            range: range.clone(),
            positions,
            target_ids: &request.target[range.clone()],
            is_prefix_attributed: request.attribute_target || !is_encoder_decoder,
            include_eos_baseline: request.include_eos_baseline,
            recorded_draws: request.recorded_draws.as_deref(),
            clean: OnceCell::new(),
            progress: RefCell::new(progress),
        })
    }

    /// Number of source tokens; 0 without a source.
    pub(crate) fn n_source(&self) -> usize {
        self.source_ids.map_or(0, <[u32]>::len)
    }

    /// Number of tokens the decoder reads.
    pub(crate) fn n_prefix(&self) -> usize {
        self.prefix_ids.len()
    }

    /// Source tokens; `None` without a source.
    pub(crate) fn source_ids(&self) -> Option<&'a [u32]> {
        self.source_ids
    }

    /// The tokens the decoder reads.
    pub(crate) fn prefix_ids(&self) -> &'a [u32] {
        self.prefix_ids
    }

    /// The tokens of both, to be changed.
    pub(crate) fn own_ids(&self) -> TextIds {
        TextIds {
            source: self.source_ids.map(<[u32]>::to_vec),
            prefix: self.prefix_ids.to_vec(),
        }
    }

    /// Whether the decoder's prefix is attributed to, beside the source.
    pub(crate) fn is_prefix_attributed(&self) -> bool {
        self.is_prefix_attributed
    }

    /// Random numbers for a seed, unless the request brings recorded ones.
    pub(crate) fn draws(&self, seed: u64) -> Draws {
        Draws::new(self.recorded_draws, seed)
    }

    /// Says that `done` of `total` units of work are done.
    pub(crate) fn report(&self, done: usize, total: usize) {
        (self.progress.borrow_mut())(done as u64, total as u64);
    }

    /// Embeddings of the text itself.
    pub(crate) fn embeddings(&self) -> Result<Inputs> {
        self.embed(self.source_ids, self.prefix_ids)
    }

    /// What the model reads for the text as it is.
    pub(crate) fn inputs(&self) -> Result<Inputs> {
        let own = self.embeddings()?;
        Ok(Inputs {
            source: own.source,
            prefix: self.read_by_decoder(own.prefix)?,
        })
    }

    /// Embeddings of the [baseline](Self::baseline_ids).
    pub(crate) fn baseline_embeddings(&self) -> Result<Inputs> {
        let unknown = self.model.tokenizer().unknown_id();
        let baseline = self.baseline_ids(unknown.ok_or(Error::NoBaselineToken)?);
        self.embed(baseline.source.as_deref(), &baseline.prefix)
    }

    /// The text with every token replaced by `filler`, but for the end of sequence,
    /// unless that is included, and the decoder start.
    pub(crate) fn baseline_ids(&self, filler: u32) -> TextIds {
        let decoder_start = self.model.summary().decoder_start_token_id;
        let end = self.model.tokenizer().end_id();
        let baseline = |ids: &[u32], kept_first: Option<u32>| -> Vec<u32> {
            let mut made: Vec<u32> = ids
                .iter()
                .map(|id| {
                    if Some(*id) == end && !self.include_eos_baseline {
                        *id
                    } else {
                        filler
                    }
                })
                .collect();
            if let (Some(first), Some(kept)) = (made.first_mut(), kept_first) {
                *first = kept;
            }
            made
        };
        TextIds {
            source: self.source_ids.map(|ids| baseline(ids, None)),
            prefix: baseline(self.prefix_ids, decoder_start),
        }
    }

    fn embed(&self, source: Option<&[u32]>, prefix: &[u32]) -> Result<Inputs> {
        Ok(Inputs {
            source: match source {
                Some(ids) => Some(self.model.embed(Side::Source, ids)?),
                None => None,
            },
            prefix: self.model.embed(Side::Target, prefix)?,
        })
    }

    /// The inputs that are attributed to.
    pub(crate) fn attributed(&self, inputs: &Inputs) -> Sides<Tensor> {
        Sides {
            source: inputs.source.clone(),
            prefix: self.is_prefix_attributed.then(|| inputs.prefix.clone()),
        }
    }

    /// What the model reads where `moved` stand for the attributed inputs; those not
    /// attributed keep their own embeddings.
    pub(crate) fn inputs_at(&self, moved: &Sides<Tensor>) -> Result<Inputs> {
        let own = self.embeddings()?;
        Ok(Inputs {
            source: moved.source.clone().or(own.source),
            prefix: self.read_by_decoder(moved.prefix.clone().unwrap_or(own.prefix))?,
        })
    }

    /// A forward pass in which `moved` stand for the attributed inputs.
    pub(crate) fn pass(&self, moved: &Sides<Tensor>) -> Result<Pass> {
        let traced = moved.try_map(|tensor| Ok::<_, Error>(tensor.traced()))?;
        self.probed(traced, &mut NoProbe)
    }

    /// The same, seen by a probe; `moved` is traced only if it was before.
    pub(crate) fn probed(&self, moved: Sides<Tensor>, probe: &mut dyn Probe) -> Result<Pass> {
        let inputs = self.inputs_at(&moved)?;
        let hidden = self.model.forward(&inputs, &self.positions, None, probe)?;
        Ok(Pass {
            states: self.states(hidden, 0..self.positions.len(), &moved)?,
            inputs: moved,
        })
    }

    /// What the decoder reads for embeddings of its prefix. With current
    /// transformers, Inseq's Marian decoder scales embeddings that are scaled already.
    pub(crate) fn read_by_decoder(&self, prefix: Tensor) -> Result<Tensor> {
        match self.compatibility {
            Compatibility::Inseq if self.source_ids.is_some() => {
                Ok(prefix.scale(self.model.summary().embedding_scale)?)
            }
            Compatibility::Inseq | Compatibility::Corrected => Ok(prefix),
        }
    }

    /// The forward pass over the text as it is; made once.
    pub(crate) fn clean_pass(&self) -> Result<&Pass> {
        if let Some(pass) = self.clean.get() {
            return Ok(pass);
        }
        let made = self.pass(&self.attributed(&self.embeddings()?))?;
        Ok(self.clean.get_or_init(|| made))
    }
}

impl Run<'_> {
    /// `[.., hidden]` folded as the run says.
    pub(crate) fn folded(&self, values: &Tensor) -> Result<Tensor> {
        match self.fold {
            Fold::Keep => Ok(values.clone()),
            Fold::Norm => Ok(values.multiply(values)?.sum(BackAxis(0))?.square_root()?),
        }
    }
}

/// Attributions on the host, and what else a method reports.
#[derive(Debug)]
pub(crate) struct Collected {
    /// Which default aggregation fits.
    pub(crate) kind: Kind,
    /// Axes behind `[targets, source]`, with their lengths.
    pub(crate) axes: Vec<(Axis, usize)>,
    /// Axes behind `[targets, prefix]`, with their lengths.
    pub(crate) prefix_axes: Vec<(Axis, usize)>,
    /// `[targets, source, ..]`; empty if not attributed.
    pub(crate) source: Vec<f32>,
    /// `[targets, prefix, ..]`; empty if not attributed.
    pub(crate) prefix: Vec<f32>,
    /// Convergence deltas by target, where asked for.
    pub(crate) deltas: Option<Vec<f32>>,
    /// Matrices that are not of input tokens by targets, by Inseq's names.
    pub(crate) sequence_scores: BTreeMap<String, Scores>,
}

impl Collected {
    /// Nothing yet; both sides will have the same axes.
    pub(crate) fn new(kind: Kind, axes: Vec<(Axis, usize)>) -> Self {
        Self {
            kind,
            prefix_axes: axes.clone(),
            axes,
            source: Vec::new(),
            prefix: Vec::new(),
            deltas: None,
            sequence_scores: BTreeMap::new(),
        }
    }

    /// Nothing yet of what has a hidden axis, which is folded as the run says.
    pub(crate) fn granular(run: &Run<'_>) -> Self {
        let hidden = match run.fold {
            Fold::Norm => None,
            Fold::Keep => Some((Axis::Hidden, run.model.summary().hidden_size)),
        };
        Self::new(Kind::Granular, hidden.into_iter().collect())
    }

    /// Folds `[targets, tokens, hidden]` as the run says, and reads it back.
    pub(crate) async fn add(&mut self, run: &Run<'_>, values: &Sides<Tensor>) -> Result<()> {
        let folded = values.try_map(|values| run.folded(values))?;
        if let Some(source) = &folded.source {
            self.source.extend(source.read().await?);
        }
        if let Some(prefix) = &folded.prefix {
            self.prefix.extend(prefix.read().await?);
        }
        Ok(())
    }
}
