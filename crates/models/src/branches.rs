//! Several texts in one forward that go on from a known one at different places: their own
//! tokens stand one after the other, and each sees those of its own text.

use tensor::{Device, Tensor, Usage};

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
    branches: Vec<Branch>,
}

impl Order {
    pub(crate) fn new(cache: Option<&Cache>, n_tokens: usize) -> Result<Self> {
        let n_past = cache.map_or(0, Cache::n_positions);
        let mut branches = cache.map_or_else(Vec::new, |cache| cache.branches.clone());
        if branches.is_empty() {
            branches.push(Branch {
                n_shared: n_past,
                n_own: n_tokens,
            });
        }
        let n_own = branches.iter().map(|branch| branch.n_own).sum();
        if n_own != n_tokens {
            return Err(Error::BranchesDoNotFit { n_own, n_tokens });
        }
        Ok(Self { n_past, branches })
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

    /// Which keys, of those that are known and the new ones after them, the tokens of
    /// these numbers may look at.
    pub(crate) fn mask(&self, device: &Device, tokens: &[u32]) -> Result<CausalMask> {
        let new: usize = self.branches.iter().map(|branch| branch.n_own).sum();
        let n_keys = self.n_past + new;
        let seen: Vec<[usize; 3]> = tokens.iter().map(|token| self.seen(*token)).collect();
        if seen
            .iter()
            .all(|[n_shared, start, end]| *n_shared >= *start && *end >= n_keys)
        {
            return Ok(CausalMask::none());
        }
        // The lowest finite number, as transformers' eager attention adds it.
        let mut values = vec![f32::MIN; tokens.len() * n_keys];
        for (row, [n_shared, start, end]) in values.chunks_exact_mut(n_keys).zip(seen) {
            row[..n_shared].fill(0.0);
            row[start..end].fill(0.0);
        }
        let shape = [tokens.len(), n_keys];
        let mask = Tensor::upload(device, values, shape, Usage::Value)?;
        Ok(CausalMask(Some(mask)))
    }

    /// The keys that a token sees: so many of the first, and those from here to there.
    fn seen(&self, token: u32) -> [usize; 3] {
        let token = token as usize;
        let mut start = 0;
        for branch in &self.branches {
            if token < start + branch.n_own {
                return [
                    branch.n_shared,
                    self.n_past + start,
                    self.n_past + token + 1,
                ];
            }
            start += branch.n_own;
        }
        unreachable!("tokens were checked to be among the new ones")
    }
}

/// Which keys each query may look at.
#[derive(Debug)]
pub(crate) struct CausalMask(pub(crate) Option<Tensor>);

impl CausalMask {
    /// Everything.
    pub(crate) fn none() -> Self {
        Self(None)
    }
}
