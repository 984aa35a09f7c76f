//! Several texts in one forward that go on from a known one at different places: their own
//! tokens stand one after the other, and each sees those of its own text.

use std::ops::Range;

use tensor::Device;

use crate::layers::CausalMask;
use crate::{Cache, Error, Result};

/// A text that begins as the one that a cache has seen, and goes on otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Branch {
    /// How many positions it shares with the known text.
    pub n_shared: usize,
    /// How many of its own it goes on with.
    pub n_own: usize,
}

/// Where the tokens that a forward reads stand in their texts. Without branches there is
/// one text, and it goes on after all that is known.
pub(crate) struct Order {
    n_past: usize,
    n_new: usize,
    branches: Vec<Branch>,
}

impl Order {
    pub(crate) fn new(cache: Option<&Cache>, n_new: usize) -> Result<Self> {
        let n_past = cache.map_or(0, Cache::n_positions);
        let branches = cache.and_then(|cache| cache.branches.clone());
        let branches = branches.unwrap_or_else(|| {
            vec![Branch {
                n_shared: n_past,
                n_own: n_new,
            }]
        });
        let mut own = branches.iter().map(|branch| branch.n_own);
        let n_own = own.try_fold(0, usize::checked_add).unwrap_or(usize::MAX);
        if n_own != n_new {
            return Err(Error::BranchesDoNotFit {
                n_own,
                n_tokens: n_new,
            });
        }
        Ok(Self {
            n_past,
            n_new,
            branches,
        })
    }

    /// How many positions the longest text has.
    pub(crate) fn n_positions(&self) -> usize {
        let lengths = self.branches.iter().map(|it| it.n_shared + it.n_own);
        lengths.max().unwrap_or(0)
    }

    /// Each token's position in its text; the model must have so many positions.
    pub(crate) fn position_ids(&self) -> Vec<u32> {
        self.branches
            .iter()
            .flat_map(|branch| branch.n_shared..branch.n_shared + branch.n_own)
            .map(|position| u32::try_from(position).expect("the length was checked"))
            .collect()
    }

    /// What the tokens of these numbers see of the keys, the known ones and the new ones
    /// after them.
    pub(crate) fn mask(&self, device: &Device, tokens: &[u32]) -> Result<CausalMask> {
        let all = self.seen();
        let of_token = |token: &u32| {
            let seen = all.get(*token as usize).cloned();
            seen.ok_or(Error::PositionOutside {
                position: *token as usize,
                n_tokens: self.n_new,
            })
        };
        let seen: Vec<_> = tokens.iter().map(of_token).collect::<Result<_>>()?;
        CausalMask::new(device, self.n_past + self.n_new, &seen)
    }

    /// Of each token how many of the first keys it sees, and which later ones.
    fn seen(&self) -> Vec<(usize, Range<usize>)> {
        let mut seen = Vec::with_capacity(self.n_new);
        for branch in &self.branches {
            let start = self.n_past + seen.len();
            seen.extend((0..branch.n_own).map(|own| (branch.n_shared, start..start + own + 1)));
        }
        seen
    }
}
