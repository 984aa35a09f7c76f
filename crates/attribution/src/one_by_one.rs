//! Lines on which one token moves and all others stay.

use std::ops::Range;

use models::{Cache, Inputs, NoProbe};
use tensor::{BackAxis, Tensor, Usage};

use crate::completeness::Totals;
use crate::gradients::{Reverse, pieces};
use crate::memory::Chunks;
use crate::path::Point;
use crate::path_integral::{Path, weighted_sum};
use crate::run::{Pass, Run};
use crate::sides::Sides;
use crate::{Fold, Result};

/// One point of one token's line.
#[derive(Clone, Copy, Debug)]
struct Spot {
    token: usize,
    point: Point,
}

fn spots(tokens: &[usize], points: &[Point]) -> Vec<Spot> {
    let of_token = |token: &usize| {
        let token = *token;
        points.iter().map(move |point| Spot {
            token,
            point: *point,
        })
    };
    tokens.iter().flat_map(of_token).collect()
}

/// For each spot a number in the row of its token, zeros elsewhere,
/// `[spots, tokens, 1]`; rows are those from `first` on.
fn by_spot(
    beside: &Tensor,
    spots: &[Spot],
    first: usize,
    number: impl Fn(&Point) -> f64,
) -> Result<Tensor> {
    let n_tokens = beside.shape().length(BackAxis(1));
    let mut values = vec![0.0; spots.len() * n_tokens];
    for (row, spot) in values.chunks_exact_mut(n_tokens).zip(spots) {
        row[spot.token - first] = number(&spot.point) as f32;
    }
    let shape = [spots.len(), n_tokens, 1];
    Ok(Tensor::upload(
        beside.device(),
        values,
        shape,
        Usage::Value,
    )?)
}

/// Embeddings from the token `first` on at each spot, `[spots, tokens, hidden]`.
fn inputs_at(input: &Tensor, difference: &Tensor, spots: &[Spot], first: usize) -> Result<Tensor> {
    let offsets = by_spot(input, spots, first, |point| point.position - 1.0)?;
    Ok(input.add(&difference.multiply(&offsets)?)?)
}

/// The lines of some source tokens, one after the other.
pub(crate) struct OneByOne<'a> {
    input: &'a Tensor,
    difference: &'a Tensor,
    spots: Vec<Spot>,
}

impl<'a> OneByOne<'a> {
    pub(crate) fn new(
        input: &'a Tensor,
        difference: &'a Tensor,
        tokens: &[usize],
        points: &[Point],
    ) -> Self {
        Self {
            input,
            difference,
            spots: spots(tokens, points),
        }
    }
}

impl Path for OneByOne<'_> {
    fn n_points(&self) -> usize {
        self.spots.len()
    }

    fn inputs(&self, points: Range<usize>) -> Result<Sides<Tensor>> {
        let moved = inputs_at(self.input, self.difference, &self.spots[points], 0)?;
        Ok(Sides {
            source: Some(moved),
            prefix: None,
        })
    }

    fn weights(&self, points: Range<usize>) -> Result<Sides<Tensor>> {
        let weights = by_spot(self.input, &self.spots[points], 0, |point| point.weight)?;
        Ok(Sides {
            source: Some(weights),
            prefix: None,
        })
    }
}

/// Tokens in one forward pass from which on more are not worth it: its reverse passes, which
/// take longer, have as many for each of some targets.
const ENOUGH_TOKENS: usize = 64;

/// Integrals along the lines of prefix tokens. What comes before the first token that
/// moves is the same at every spot, and read from a cache.
pub(crate) struct PrefixSums<'r, 'a> {
    pub(crate) run: &'r Run<'a>,
    /// `[prefix, hidden]`
    pub(crate) difference: &'r Tensor,
    pub(crate) points: &'r [Point],
    /// At most this many spots in a pass.
    pub(crate) n_at_once: Option<usize>,
    pub(crate) multiply_by_inputs: bool,
}

impl PrefixSums<'_, '_> {
    /// Attributions to these tokens, zeros to others, on the host,
    /// `[targets, prefix, ..]`; their sums are added to `totals`.
    pub(crate) async fn collect(&self, tokens: &[usize], totals: &mut Totals) -> Result<Vec<f32>> {
        let run = self.run;
        let own = run.inputs()?;
        let mut clean = Cache::default();
        run.model
            .forward(&own, &run.positions, Some(&mut clean), &mut NoProbe)?;
        let width = match run.fold {
            Fold::Keep => run.model.summary().hidden_size,
            Fold::Norm => 1,
        };
        let row = run.n_prefix() * width;
        let mut values = vec![0.0; run.positions.len() * row];
        let mut n_done = 0;
        let mut rest = tokens;
        while let Some(first) = rest.first() {
            let n_tokens = run.n_prefix() - first;
            let n_wanted = ENOUGH_TOKENS.div_ceil(n_tokens * self.points.len());
            let (group, later) = rest.split_at(n_wanted.clamp(1, rest.len()));
            rest = later;
            let last = group[group.len() - 1];
            let columns = first * width..(last + 1) * width;
            let sums = self.sums(group, &own, &clean.first(*first)?)?;
            for (targets, average) in sums {
                let average = average.narrow(BackAxis(1), 0, last + 1 - first)?;
                let difference = self
                    .difference
                    .narrow(BackAxis(1), *first, last + 1 - first)?;
                let product = average.multiply(&difference)?;
                totals.add_from(targets.start, &[&product]).await?;
                let found = if self.multiply_by_inputs {
                    &product
                } else {
                    &average
                };
                let found = run.folded(found)?.read().await?;
                let rows = values.chunks_exact_mut(row).skip(targets.start);
                for (row, found) in rows.zip(found.chunks_exact(columns.len())) {
                    row[columns.clone()].copy_from_slice(found);
                }
            }
            n_done += group.len();
            run.report(n_done, tokens.len());
        }
        Ok(values)
    }

    /// Weighted sums of the gradients on the lines of a few tokens, for pieces of the
    /// targets that come after the first of them, `[targets, tokens, hidden]` from that
    /// token on.
    fn sums(
        &self,
        tokens: &[usize],
        own: &Inputs,
        before: &Cache,
    ) -> Result<Vec<(Range<usize>, Tensor)>> {
        let run = self.run;
        let first = tokens[0];
        let spots = spots(tokens, self.points);
        let n_before = run
            .positions
            .partition_point(|position| (*position as usize) < first);
        let targets = n_before..run.positions.len();
        let positions: Vec<u32> = run.positions[targets.clone()]
            .iter()
            .map(|position| position - first as u32)
            .collect();
        let n_tokens = run.n_prefix() - first;
        let embeddings = run.embeddings()?.prefix;
        let rest = embeddings.narrow(BackAxis(1), first, n_tokens)?;
        let difference = self.difference.narrow(BackAxis(1), first, n_tokens)?;
        let chunks = Chunks::for_run(run, spots.len());
        let n_at_once = self.n_at_once.unwrap_or(chunks.n_points);
        let mut sums: Vec<(Range<usize>, Tensor)> = Vec::new();
        for some in pieces(spots.len(), n_at_once) {
            let some = &spots[some];
            let moved = inputs_at(&rest, &difference, some, first)?.traced();
            let inputs = Inputs {
                source: own.source.clone(),
                prefix: run.read_by_decoder(moved.clone())?,
            };
            let mut cache = before.clone();
            let cache = Some(&mut cache);
            let hidden = run
                .model
                .forward(&inputs, &positions, cache, &mut NoProbe)?;
            let whole = Sides {
                source: None,
                prefix: Some(self.whole(&embeddings, &moved, first)?),
            };
            let pass = Pass {
                states: run.states(hidden, targets.clone(), &whole)?,
                inputs: Sides {
                    source: None,
                    prefix: Some(moved),
                },
            };
            let reverse = Reverse::new(run, &pass)?;
            let weights = by_spot(&rest, some, first, |point| point.weight)?;
            for (piece, of_piece) in pieces(targets.len(), chunks.n_targets).enumerate() {
                let gradients = reverse.gradients(of_piece.clone())?;
                let gradient = gradients.prefix.expect("the prefix was moved");
                let share = weighted_sum(&gradient, &weights)?;
                match sums.get_mut(piece) {
                    Some((_, sum)) => *sum = sum.add(&share)?,
                    None => {
                        let all = n_before + of_piece.start..n_before + of_piece.end;
                        sums.push((all, share));
                    }
                }
            }
        }
        Ok(sums)
    }

    /// The prefix with its tokens from `first` on at their spots, `[spots, tokens,
    /// hidden]`.
    fn whole(&self, own: &Tensor, moved: &Tensor, first: usize) -> Result<Tensor> {
        if first == 0 {
            return Ok(moved.clone());
        }
        let before = own.narrow(BackAxis(1), 0, first)?;
        let mut shape = moved.shape().lengths().to_vec();
        let rank = shape.len();
        shape[rank - 2] = first;
        let before = before.broadcast(2, &shape)?;
        Ok(before.concatenate(moved, BackAxis(1))?)
    }
}
