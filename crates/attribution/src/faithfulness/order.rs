use attribution_output::{Attribution, Scores, Token};
use models::Side;

use super::removed_texts::Remover;
use crate::draws::Draws;
use crate::run::Run;
use crate::{Error, Result};

/// Rounding must not make one token more of a share of them.
const ROUNDING: f64 = 1e-9;

/// The tokens before one target that can be removed, and their order.
pub(super) struct Order {
    /// How many prefix tokens are read before the target is chosen.
    pub(super) n_read: usize,
    /// In the order of the text, source before prefix.
    pub(super) tokens: Vec<Removable>,
    /// Places in `tokens`, what gave most first.
    pub(super) ranked: Vec<usize>,
}

/// A token that can be removed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Removable {
    pub(super) side: Side,
    /// In its text.
    pub(super) position: usize,
    /// What it gave to the target.
    gave: f64,
}

impl Order {
    /// That of a matrix of attributions.
    pub(super) fn new(
        run: &Run<'_>,
        attribution: &Attribution,
        target: usize,
        remover: &Remover,
    ) -> Result<Self> {
        let n_read = run.positions[target] as usize + 1;
        let source = attribution.source_attributions.as_ref();
        let prefix = attribution.target_attributions.as_ref();
        let source = source.filter(|_| run.source_ids().is_some());
        let prefix = prefix.filter(|_| run.is_prefix_attributed());
        if source.is_none() && prefix.is_none() {
            return Err(Error::NoAttributions);
        }
        let mut tokens = Vec::new();
        let label = &attribution.targets()[target].token;
        let parts = [
            (Side::Source, source, attribution.source.as_slice()),
            (Side::Target, prefix, &attribution.target[..n_read]),
        ];
        for (side, scores, labels) in parts {
            let Some(scores) = scores else { continue };
            for (position, token) in labels.iter().enumerate() {
                if remover.can_remove(side, position) {
                    tokens.push(Removable {
                        side,
                        position,
                        gave: number(scores, position, target, token, label)?,
                    });
                }
            }
        }
        let ranked = ranked(&tokens);
        Ok(Self {
            n_read,
            tokens,
            ranked,
        })
    }

    /// Puts the tokens in an order of chance.
    pub(super) fn shuffle(&mut self, draws: &mut Draws) -> Result<()> {
        for token in &mut self.tokens {
            token.gave = draws.uniform()?;
        }
        self.ranked = ranked(&self.tokens);
        Ok(())
    }

    pub(super) fn n_tokens(&self) -> usize {
        self.tokens.len()
    }

    /// How many tokens a share of them is, rounded up.
    pub(super) fn n_of(&self, fraction: f64) -> usize {
        let share = fraction * self.tokens.len() as f64;
        ((share - ROUNDING).ceil().max(0.0) as usize).min(self.tokens.len())
    }

    /// What each token gave, divided by the largest; 0 for what spoke against the target.
    pub(super) fn shares(&self) -> Vec<f64> {
        let gave = self.tokens.iter().map(|token| token.gave.max(0.0));
        let largest = gave.clone().fold(0.0, f64::max);
        gave.map(|gave| if largest > 0.0 { gave / largest } else { 0.0 })
            .collect()
    }
}

fn ranked(tokens: &[Removable]) -> Vec<usize> {
    let mut ranked: Vec<usize> = (0..tokens.len()).collect();
    // Stable: of equals the earlier stays first. Adding 0 makes of -0 what it equals.
    ranked
        .sort_by(|left, right| (tokens[*right].gave + 0.0).total_cmp(&(tokens[*left].gave + 0.0)));
    ranked
}

fn number(scores: &Scores, row: usize, column: usize, token: &Token, target: &str) -> Result<f64> {
    let is_matrix = scores.shape.len() == 2;
    let value = is_matrix.then(|| scores.values[row * scores.shape[1] + column]);
    match value {
        Some(value) if !value.is_nan() => Ok(f64::from(value)),
        _ => Err(Error::NoNumber {
            token: token.token.clone(),
            target: target.to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(gave: &[f64]) -> Order {
        let token = |(position, gave): (usize, &f64)| Removable {
            side: Side::Target,
            position,
            gave: *gave,
        };
        let tokens: Vec<Removable> = gave.iter().enumerate().map(token).collect();
        Order {
            n_read: tokens.len(),
            ranked: ranked(&tokens),
            tokens,
        }
    }

    #[test]
    fn what_gave_most_is_first_and_of_equals_the_earlier() {
        let order = order(&[-0.0, 0.5, -1.0, 0.5, 0.0]);
        assert_eq!(order.ranked, [1, 3, 0, 4, 2]);
        assert_eq!(order.shares(), [0.0, 1.0, 0.0, 1.0, 0.0]);
    }

    #[test]
    fn shares_of_tokens_are_rounded_up() {
        let counts = |n: usize| {
            let order = order(&vec![1.0; n]);
            [0.0, 0.01, 0.1, 0.3, 1.0].map(|fraction| order.n_of(fraction))
        };
        assert_eq!(counts(10), [0, 1, 1, 3, 10]);
        assert_eq!(counts(11), [0, 1, 2, 4, 11]);
        assert_eq!(counts(0), [0; 5]);
    }

    #[test]
    fn where_nothing_gave_anything_nothing_is_kept() {
        assert_eq!(order(&[0.0, -1.0]).shares(), [0.0, 0.0]);
    }
}
