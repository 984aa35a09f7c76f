//! Runs as in training: some values dropped, the others scaled up.

use models::{Place, Probe, SequenceModel, Side, Site};
use tensor::{Shape, Tensor, Usage};

/// Drops values at the sites where the model does so in training.
///
/// What is dropped hangs on seed, site, row and column alone: all points of a path and
/// all changed texts in a pass lose the same values, whatever the pass is cut into.
pub(crate) struct Dropout<'a> {
    model: &'a dyn SequenceModel,
    seed: u64,
    /// Number of tokens the decoder reads.
    n_prefix: usize,
    /// Those of its last layer's rows.
    positions: &'a [u32],
    n_visited: u64,
}

impl<'a> Dropout<'a> {
    pub(crate) fn new(
        model: &'a dyn SequenceModel,
        seed: u64,
        n_prefix: usize,
        positions: &'a [u32],
    ) -> Self {
        Self {
            model,
            seed,
            n_prefix,
            positions,
            n_visited: 0,
        }
    }

    /// After a run: whether the model has no site to drop values at.
    pub(crate) fn drops_nothing(&self) -> bool {
        self.n_visited == 0
    }

    /// 0 for what is dropped, `1 / (1 − rate)` for the rest.
    fn mask(&self, lengths: &[usize], site: Site, rate: f32) -> Vec<f32> {
        let (n_rows, width) = (lengths[lengths.len() - 2], lengths[lengths.len() - 1]);
        let n_heads: usize = lengths[..lengths.len() - 2].iter().product();
        let is_picked = site.side() == Side::Target
            && n_rows == self.positions.len()
            && n_rows != self.n_prefix;
        let mut mask = Vec::with_capacity(n_heads * n_rows * width);
        for head in 0..n_heads {
            for row in 0..n_rows {
                let row = match is_picked {
                    true => self.positions[row] as usize,
                    false => row,
                };
                let place = [self.n_visited, head as u64, row as u64];
                let mut draws = fastrand::Rng::with_seed(mixed(self.seed, &place));
                mask.extend((0..width).map(|_| match draws.f32() < rate {
                    true => 0.0,
                    false => 1.0 / (1.0 - rate),
                }));
            }
        }
        mask
    }
}

/// One number out of several, so that neighbors have unlike ones (the finalizer of
/// SplitMix64, Steele et al. 2014).
pub(crate) fn mixed(seed: u64, numbers: &[u64]) -> u64 {
    numbers.iter().fold(seed, |state, number| {
        let mut mixed = state
            .wrapping_add(*number)
            .wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    })
}

impl Probe for Dropout<'_> {
    fn visit(&mut self, site: Site, value: Tensor) -> models::Result<Tensor> {
        let rate = self.model.dropout_rate(site);
        if rate == 0.0 {
            return Ok(value);
        }
        self.n_visited += 1;
        let n_axes = match site.place {
            Place::AttentionWeights(_) | Place::CrossAttentionWeights(_) => 3,
            _ => 2,
        };
        let lengths = value.shape().trailing(n_axes).to_vec();
        let mask = self.mask(&lengths, site, rate);
        let mask = Tensor::upload(value.device(), mask, Shape::new(lengths), Usage::Value)?;
        Ok(value.multiply(&mask)?)
    }
}
