//! Paths from a word to its baseline that step over other words.

use models::Side;

use crate::Result;
use crate::nearest::{NearestWords, Neighbor};
use crate::run::Run;

/// How the next word of a path is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strategy {
    /// The word that has to be moved least to lie between this word and the baseline.
    Greedy,
    /// The word with the most coordinates between this word and the baseline.
    MaxCount,
}

impl Strategy {
    pub(crate) const NAMES: &'static [&'static str] = &["greedy", "maxcount"];

    pub(crate) fn named(name: &str) -> Self {
        if name == Self::NAMES[0] {
            Self::Greedy
        } else {
            Self::MaxCount
        }
    }

    /// How bad a step from `current` over `anchor` to `baseline` is.
    fn cost(self, anchor: &[f32], baseline: &[f32], current: &[f32], n_points: usize) -> f32 {
        match self {
            Self::Greedy => {
                let moved = between(anchor, baseline, current, n_points);
                let pairs = anchor.iter().zip(&moved);
                let squares = pairs.map(|(anchor, moved)| (anchor - moved).powi(2));
                squares.sum::<f32>().sqrt()
            }
            Self::MaxCount => {
                let n_outside = outside(anchor, baseline, current).filter(|is| *is);
                n_outside.count() as f32
            }
        }
    }
}

/// Whether each coordinate of `anchor` lies outside of what is between `current` and
/// `baseline`, ends included.
fn outside<'a>(
    anchor: &'a [f32],
    baseline: &'a [f32],
    current: &'a [f32],
) -> impl Iterator<Item = bool> + 'a {
    let coordinates = anchor.iter().zip(baseline).zip(current);
    coordinates.map(|((anchor, baseline), current)| {
        let (low, high) = if baseline < current {
            (baseline, current)
        } else {
            (current, baseline)
        };
        anchor < low || anchor > high
    })
}

/// `anchor`, with each coordinate that is not between `current` and `baseline` replaced
/// by a small step from the one to the other.
fn between(anchor: &[f32], baseline: &[f32], current: &[f32], n_points: usize) -> Vec<f32> {
    let step = 1.0 / n_points as f32;
    let is_outside = outside(anchor, baseline, current);
    let coordinates = anchor.iter().zip(baseline).zip(current).zip(is_outside);
    coordinates
        .map(|(((anchor, baseline), current), is_outside)| {
            if is_outside {
                current - step * (current - baseline)
            } else {
                *anchor
            }
        })
        .collect()
}

/// The path of one token while it is made.
struct Walk {
    baseline_id: u32,
    baseline: Vec<f32>,
    /// Words passed so far, the token first.
    words: Vec<u32>,
    /// Embedding of the last of them.
    current: Vec<f32>,
    /// Points so far, `[points, hidden]`, the token's embedding first.
    points: Vec<f32>,
    /// A special token stays where it is until the last step.
    is_held: bool,
}

impl Walk {
    fn current_word(&self) -> u32 {
        self.words[self.words.len() - 1]
    }

    /// Whether the next step needs neighbors.
    fn is_searching(&self) -> bool {
        !self.is_held && self.current_word() != self.baseline_id
    }

    /// Steps on to the best of the neighbors; to the baseline if there is none.
    fn step(&mut self, neighbors: Option<&[Neighbor]>, strategy: Strategy, n_points: usize) {
        let mut best: Option<(f32, &Neighbor)> = None;
        for neighbor in neighbors.unwrap_or_default() {
            if neighbor.id == self.baseline_id || self.words.contains(&neighbor.id) {
                continue;
            }
            let (anchor, current) = (&neighbor.embedding, &self.current);
            let cost = strategy.cost(anchor, &self.baseline, current, n_points);
            if best.is_none_or(|(least, _)| cost < least) {
                best = Some((cost, neighbor));
            }
        }
        let (word, anchor) = match best {
            Some((_, neighbor)) => (neighbor.id, neighbor.embedding.clone()),
            None if self.is_held => (self.current_word(), self.current.clone()),
            None => (self.baseline_id, self.baseline.clone()),
        };
        let last = &self.points[self.points.len() - anchor.len()..];
        let point = between(&anchor, &self.baseline, last, n_points);
        self.points.extend(point);
        self.words.push(word);
        self.current = anchor;
    }
}

/// Paths of all tokens from their baselines to themselves, in step,
/// `[points, tokens, hidden]` on the host. No coordinate ever turns back.
pub(crate) async fn word_paths(
    run: &Run<'_>,
    side: Side,
    ids: &[u32],
    baseline_ids: &[u32],
    strategy: Strategy,
    n_points: usize,
) -> Result<Vec<f32>> {
    let width = run.model.summary().hidden_size;
    let own = run.model.embed(side, ids)?.read().await?;
    let baselines = run.model.embed(side, baseline_ids)?.read().await?;
    let tokenizer = run.model.tokenizer();
    let ends = own.chunks_exact(width).zip(baselines.chunks_exact(width));
    let mut walks: Vec<Walk> = ids
        .iter()
        .zip(baseline_ids)
        .zip(ends)
        .map(|((id, baseline_id), (own, baseline))| Walk {
            baseline_id: *baseline_id,
            baseline: baseline.to_vec(),
            words: vec![*id],
            current: own.to_vec(),
            points: own.to_vec(),
            is_held: tokenizer.is_special(*id),
        })
        .collect();
    let nearest = NearestWords::new(run, side).await?;
    for _ in 0..n_points.saturating_sub(2) {
        let searching = walks.iter().filter(|walk| walk.is_searching());
        let mut words: Vec<u32> = searching.map(Walk::current_word).collect();
        words.sort_unstable();
        words.dedup();
        let neighbors = nearest.of(&words).await?;
        for walk in &mut walks {
            let index = words.binary_search(&walk.current_word()).ok();
            let found = index.filter(|_| walk.is_searching());
            let found = found.map(|index| neighbors[index].as_slice());
            walk.step(found, strategy, n_points);
        }
    }
    let mut points = Vec::with_capacity(n_points * own.len());
    points.extend(baselines);
    for point in (0..n_points - 1).rev() {
        for walk in &walks {
            points.extend_from_slice(&walk.points[point * width..(point + 1) * width]);
        }
    }
    Ok(points)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_that_would_turn_back_take_a_small_step() {
        let moved = between(&[0.5, 3.0, 0.0], &[1.0, 1.0, 2.0], &[0.0, 0.0, 0.0], 4);
        assert_eq!(moved, [0.5, 0.25, 0.0]);
    }

    #[test]
    fn strategies_prefer_other_words() {
        let (baseline, current) = ([1.0, 1.0, 1.0], [0.0, 0.0, 0.0]);
        // Two coordinates a little outside, or one far outside.
        let (near, ordered) = ([1.1, 1.1, 0.5], [5.0, 0.5, 0.5]);
        let cost =
            |strategy: Strategy, anchor: &[f32]| strategy.cost(anchor, &baseline, &current, 4);
        assert!(cost(Strategy::Greedy, &near) < cost(Strategy::Greedy, &ordered));
        assert!(cost(Strategy::MaxCount, &ordered) < cost(Strategy::MaxCount, &near));
    }

    #[test]
    fn a_walk_passes_no_word_twice_and_ends_its_search_at_the_baseline() {
        let mut walk = Walk {
            baseline_id: 9,
            baseline: vec![1.0],
            words: vec![1],
            current: vec![0.0],
            points: vec![0.0],
            is_held: false,
        };
        let neighbor = |id, at| Neighbor {
            id,
            embedding: vec![at],
        };
        let neighbors = [neighbor(1, 0.0), neighbor(9, 1.0), neighbor(2, 0.5)];
        walk.step(Some(&neighbors), Strategy::Greedy, 4);
        walk.step(Some(&neighbors), Strategy::Greedy, 4);
        assert_eq!(walk.words, [1, 2, 9]);
        assert_eq!(walk.points, [0.0, 0.5, 1.0]);
        assert!(!walk.is_searching());
    }
}
