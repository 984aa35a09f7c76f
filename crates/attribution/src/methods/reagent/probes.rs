use crate::Result;
use crate::changed_texts::{ChangedTexts, DecoderScaling};
use crate::draws::Draws;
use crate::run::{Run, TextIds};
use crate::sides::Sides;
use crate::stand_ins::Replacer;
use crate::states::States;

/// How close to 0 or 1 a probability change may come before its logit is taken; a
/// change by a whole 1 would make one step infinite.
const SMALLEST: f64 = 1e-7;

/// The search's settings.
pub(super) struct Rules {
    pub(super) keep_top_n: usize,
    pub(super) keep_ratio: Option<f64>,
    pub(super) invert_keep: bool,
    pub(super) top_k: usize,
    pub(super) replacing_ratio: f64,
    pub(super) max_probe_steps: usize,
    pub(super) n_probes: usize,
}

impl Rules {
    /// How many of `n_tokens` are kept in the check.
    fn n_kept(&self, n_tokens: usize) -> usize {
        let n_kept = match (self.keep_top_n, self.keep_ratio) {
            (0, Some(ratio)) => (ratio * n_tokens as f64).ceil() as usize,
            (n, _) => n,
        };
        n_kept.min(n_tokens)
    }
}

/// Independent searches for the tokens that one target needs.
pub(super) struct Probes<'r, 'a> {
    run: &'r Run<'a>,
    rules: &'r Rules,
    replacers: &'r Sides<Replacer>,
    draws: &'r mut Draws,
    changed: ChangedTexts<'r, 'a>,
    target_id: u32,
    /// The attributed tokens, source before prefix.
    ids: Vec<u32>,
    /// Logarithms of importance, up to a constant, `[probes, tokens]`.
    importance: Vec<Vec<f64>>,
    is_done: Vec<bool>,
}

impl<'r, 'a> Probes<'r, 'a> {
    pub(super) fn new(
        run: &'r Run<'a>,
        target: usize,
        replacers: &'r Sides<Replacer>,
        draws: &'r mut Draws,
        rules: &'r Rules,
    ) -> Result<Self> {
        let n_read = run.positions[target] as usize + 1;
        let mut ids = run.source_ids().unwrap_or_default().to_vec();
        if run.is_prefix_attributed() {
            ids.extend(&run.prefix_ids()[..n_read]);
        }
        let importance = (0..rules.n_probes).map(|_| draws.uniforms(ids.len()));
        let importance = importance.collect::<Result<_>>()?;
        Ok(Self {
            run,
            rules,
            replacers,
            draws,
            // Inseq gives this method's model token ids, not embeddings.
            changed: ChangedTexts::new(run, target..target + 1, DecoderScaling::OfIds)?,
            target_id: run.target_ids[target],
            ids,
            importance,
            is_done: vec![false; rules.n_probes],
        })
    }

    /// Importance of each attributed token; sums to 1.
    ///
    /// `is_rank_of_text_enough` lets a probe end, too, when the target ranks as high as
    /// with the whole text; else a target that the model would not choose itself keeps
    /// all probes going to the end.
    pub(super) async fn search(&mut self, is_rank_of_text_enough: bool) -> Result<Vec<f64>> {
        let whole = self
            .changed
            .look_at_unchanged(|states| self.logits(&states.hidden))
            .await?;
        let mut rank_enough = self.rules.top_k;
        if is_rank_of_text_enough {
            rank_enough = rank_enough.max(self.rank(&whole));
        }
        let whole = [self.text(&self.ids)];
        let whole = self.probabilities(&whole).await?[0];
        for _ in 0..self.rules.max_probe_steps {
            self.step(whole).await?;
            self.check(rank_enough).await?;
            if self.is_done.iter().all(|is_done| *is_done) {
                break;
            }
        }
        Ok(self.mean_importance())
    }

    /// Replaces random tokens in each probe's text and moves importance by what that
    /// does to the target's probability.
    async fn step(&mut self, whole: f64) -> Result<()> {
        let (n_probes, n_tokens) = (self.rules.n_probes, self.ids.len());
        let mut is_replaced = Vec::with_capacity(n_probes);
        for _ in 0..n_probes {
            let drawn = self.draws.uniforms(n_tokens)?;
            let row = drawn
                .iter()
                .map(|drawn| *drawn < self.rules.replacing_ratio);
            is_replaced.push(row.collect::<Vec<bool>>());
        }
        let texts = self.replaced_texts(&is_replaced)?;
        let found = self.probabilities(&texts).await?;
        for (probe, found) in self.going_on().into_iter().zip(found) {
            let share = ((whole - found) / 2.0 + 0.5).clamp(SMALLEST, 1.0 - SMALLEST);
            let gain = (share / (1.0 - share)).ln();
            let importance = self.importance[probe].iter_mut();
            for (importance, is_replaced) in importance.zip(&is_replaced[probe]) {
                *importance += if *is_replaced { gain } else { -gain };
            }
        }
        Ok(())
    }

    /// Ends the probes whose most important tokens make the target likely enough, with
    /// all others replaced.
    async fn check(&mut self, rank_enough: usize) -> Result<()> {
        let n_kept = self.rules.n_kept(self.ids.len());
        let invert = self.rules.invert_keep;
        let is_replaced: Vec<Vec<bool>> = self
            .importance
            .iter()
            .map(|importance| {
                let mut order: Vec<usize> = (0..importance.len()).collect();
                order.sort_by(|left, right| importance[*right].total_cmp(&importance[*left]));
                let mut is_replaced = vec![!invert; importance.len()];
                order[..n_kept]
                    .iter()
                    .for_each(|token| is_replaced[*token] = invert);
                is_replaced
            })
            .collect();
        let texts = self.replaced_texts(&is_replaced)?;
        let logits = self
            .changed
            .look_at(&texts, |states| self.logits(&states.hidden), |_| {})
            .await?;
        for (probe, logits) in self.going_on().into_iter().zip(logits) {
            self.is_done[probe] = self.rank(&logits) <= rank_enough;
        }
        Ok(())
    }

    /// The probes that are not done.
    fn going_on(&self) -> Vec<usize> {
        (0..self.is_done.len())
            .filter(|probe| !self.is_done[*probe])
            .collect()
    }

    /// Texts of the probes that are not done. Numbers are drawn for all of them, so
    /// that one probe's end does not change another's draws.
    fn replaced_texts(&mut self, is_replaced: &[Vec<bool>]) -> Result<Vec<TextIds>> {
        let mut texts = Vec::new();
        for (probe, is_replaced) in is_replaced.iter().enumerate() {
            let drawn = self.draws.uniforms(self.ids.len())?;
            if self.is_done[probe] {
                continue;
            }
            let ids = self.ids.iter().enumerate().map(|(token, id)| {
                if !is_replaced[token] {
                    return *id;
                }
                let replacer = match &self.replacers.source {
                    Some(replacer) if token < self.run.n_source() => Some(replacer),
                    _ => self.replacers.prefix.as_ref(),
                };
                replacer.map_or(*id, |replacer| replacer.choose(*id, drawn[token]))
            });
            let ids: Vec<u32> = ids.collect();
            texts.push(self.text(&ids));
        }
        Ok(texts)
    }

    /// The run's text with other attributed tokens.
    fn text(&self, ids: &[u32]) -> TextIds {
        let (source, prefix) = ids.split_at(self.run.n_source());
        let mut text = TextIds {
            source: self.run.source_ids().map(|_| source.to_vec()),
            prefix: self.run.prefix_ids().to_vec(),
        };
        text.prefix[..prefix.len()].copy_from_slice(prefix);
        text
    }

    fn logits(&self, hidden: &tensor::Tensor) -> Result<tensor::Tensor> {
        Ok(self.run.model.unembed(hidden)?)
    }

    /// The target's probability after each text.
    async fn probabilities(&self, texts: &[TextIds]) -> Result<Vec<f64>> {
        let look = |states: &States| {
            let logarithms = self.logits(&states.hidden)?.log_softmax()?;
            Ok(logarithms.pick_columns(&[self.target_id])?.exponential()?)
        };
        let found = self.changed.look_at(texts, look, |_| {}).await?;
        Ok(found.into_iter().map(|found| f64::from(found[0])).collect())
    }

    /// The target's place among all tokens, from 1.
    fn rank(&self, logits: &[f32]) -> usize {
        let own = logits[self.target_id as usize];
        1 + logits.iter().filter(|logit| **logit > own).count()
    }

    /// The mean over the probes that found enough; over all if none did.
    fn mean_importance(&self) -> Vec<f64> {
        let none_is_done = !self.is_done.contains(&true);
        let mut mean = vec![0.0; self.ids.len()];
        let mut n_averaged = 0;
        for (importance, is_done) in self.importance.iter().zip(&self.is_done) {
            if !is_done && !none_is_done {
                continue;
            }
            n_averaged += 1;
            let largest = importance.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let shares: Vec<f64> = importance.iter().map(|a| (a - largest).exp()).collect();
            let total: f64 = shares.iter().sum();
            for (mean, share) in mean.iter_mut().zip(shares) {
                *mean += share / total;
            }
        }
        mean.iter().map(|sum| sum / f64::from(n_averaged)).collect()
    }
}
