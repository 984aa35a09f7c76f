use std::collections::{BTreeMap, BTreeSet};

use attribution_output::{FaithfulnessSettings, Removal};
use models::Side;

use super::order::Order;
use crate::changed_texts::{ChangedTexts, DecoderScaling};
use crate::draws::Draws;
use crate::run::{Run, TextIds};
use crate::sides::Sides;
use crate::stand_ins::{Grouping, Replacer};
use crate::{Error, Result};

/// Puts something in the place of tokens.
pub(super) struct Remover {
    own: TextIds,
    means: Means,
}

enum Means {
    /// The text with everything removed.
    Unknown(TextIds),
    SameKind(Sides<Replacer>),
}

impl Remover {
    pub(super) fn new(run: &Run<'_>, removal: Removal) -> Result<Self> {
        let tokenizer = run.model.tokenizer();
        let means = match removal {
            Removal::Unknown => {
                let unknown = tokenizer.unknown_id().ok_or(Error::NoBaselineToken)?;
                Means::Unknown(run.baseline_ids(unknown))
            }
            Removal::SameKind => {
                let replacer = |side| Replacer::new(tokenizer, side, Grouping::SameKind);
                Means::SameKind(Sides {
                    source: run.source_ids().map(|_| replacer(Side::Source)),
                    prefix: Some(replacer(Side::Target)),
                })
            }
        };
        Ok(Self {
            own: run.own_ids(),
            means,
        })
    }

    /// Whether another token stands for that one once it is removed.
    pub(super) fn can_remove(&self, side: Side, position: usize) -> bool {
        let id = id_at(&self.own, side, position);
        match &self.means {
            Means::Unknown(removed) => id_at(removed, side, position) != id,
            Means::SameKind(replacers) => {
                let replacer = of_side(replacers, side);
                replacer.is_some_and(|replacer| replacer.has_stand_ins(id))
            }
        }
    }

    /// How many texts with everything removed there are to look at.
    fn n_ways(&self, n_samples: usize) -> usize {
        match self.means {
            Means::Unknown(_) => 1,
            Means::SameKind(_) => n_samples,
        }
    }

    /// What stands for each token of an order, once it is removed.
    fn stand_ins(&self, order: &Order, draws: &mut Draws) -> Result<Vec<u32>> {
        let tokens = order.tokens.iter();
        tokens
            .map(|token| match &self.means {
                Means::Unknown(removed) => Ok(id_at(removed, token.side, token.position)),
                Means::SameKind(replacers) => {
                    let id = id_at(&self.own, token.side, token.position);
                    let drawn = draws.uniform()?;
                    let replacer = of_side(replacers, token.side);
                    Ok(replacer.map_or(id, |replacer| replacer.choose(id, drawn)))
                }
            })
            .collect()
    }
}

fn of_side(replacers: &Sides<Replacer>, side: Side) -> Option<&Replacer> {
    match side {
        Side::Source => replacers.source.as_ref(),
        Side::Target => replacers.prefix.as_ref(),
    }
}

fn id_at(text: &TextIds, side: Side, position: usize) -> u32 {
    match (side, &text.source) {
        (Side::Source, Some(source)) => source[position],
        _ => text.prefix[position],
    }
}

/// One target's text without the first tokens of an order, and with those alone.
pub(super) struct RemovedTexts {
    /// How many tokens are first, for each pair of texts.
    counts: Vec<usize>,
    /// `[ways, counts, 2]`: without them, with them alone.
    texts: Vec<TextIds>,
}

/// The target's scores after those texts, the means over the ways to remove.
pub(super) struct RemovedScores {
    /// Of the text as it is.
    pub(super) whole: f64,
    /// Without the first tokens, by their number.
    pub(super) without: BTreeMap<usize, f64>,
    /// With the first tokens alone, by their number.
    pub(super) with_only: BTreeMap<usize, f64>,
}

impl RemovedTexts {
    /// Those for some fractions, and for none.
    pub(super) fn draw(
        order: &Order,
        remover: &Remover,
        settings: &FaithfulnessSettings,
        draws: &mut Draws,
    ) -> Result<Self> {
        let fractions = settings.fractions.iter();
        let counts: BTreeSet<usize> = fractions
            .map(|fraction| order.n_of(*fraction))
            .chain([0])
            .collect();
        let counts: Vec<usize> = counts.into_iter().collect();
        let mut texts = Vec::new();
        for _ in 0..remover.n_ways(settings.n_samples) {
            let stand_ins = remover.stand_ins(order, draws)?;
            let removed = |places: &[usize]| {
                let mut text = remover.own.clone();
                for place in places {
                    let token = &order.tokens[*place];
                    match (token.side, &mut text.source) {
                        (Side::Source, Some(source)) => source[token.position] = stand_ins[*place],
                        _ => text.prefix[token.position] = stand_ins[*place],
                    }
                }
                text
            };
            for n in &counts {
                let (first, others) = order.ranked.split_at(*n);
                texts.push(removed(first));
                texts.push(removed(others));
            }
        }
        Ok(Self { counts, texts })
    }

    /// What the attributed function says of the target after each.
    pub(super) async fn scores(&self, run: &Run<'_>, target: usize) -> Result<RemovedScores> {
        let changed = ChangedTexts::new(run, target..target + 1, DecoderScaling::OfRun)?;
        let look = |states: &_| run.scores(states);
        let whole = changed.look_at_unchanged(look).await?;
        let found = changed.look_at(&self.texts, look, |_| {}).await?;
        let n_ways = found.len() / (2 * self.counts.len());
        let mean = |which: usize| {
            let values = (0..n_ways).map(|way| {
                let text = way * 2 * self.counts.len() + which;
                f64::from(found[text][0])
            });
            values.sum::<f64>() / n_ways as f64
        };
        let numbered = self.counts.iter().enumerate();
        Ok(RemovedScores {
            whole: f64::from(whole[0]),
            without: numbered.clone().map(|(i, n)| (*n, mean(2 * i))).collect(),
            with_only: numbered.map(|(i, n)| (*n, mean(2 * i + 1))).collect(),
        })
    }
}
