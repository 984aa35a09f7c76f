//! Seeded random draws: a seed names a case, on every machine.

use fastrand::Rng;

/// A source of draws.
#[derive(Clone, Debug)]
pub struct Draws(Rng);

impl Draws {
    /// The draws that belong to a seed.
    pub fn new(seed: u64) -> Self {
        Self(Rng::with_seed(seed))
    }

    /// A whole number from `low` to `high`, both included.
    pub fn between(&mut self, low: usize, high: usize) -> usize {
        self.0.usize(low..=high)
    }

    /// True as often as false.
    pub fn coin(&mut self) -> bool {
        self.0.bool()
    }

    /// One of some things.
    pub fn one_of<T: Copy>(&mut self, things: &[T]) -> T {
        things[self.between(0, things.len() - 1)]
    }

    /// Uniform from `low` to `high`.
    pub fn uniform(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.0.f32()
    }

    /// `n` values with mean 0 and this standard deviation.
    pub fn values(&mut self, n: usize, standard_deviation: f32) -> Vec<f32> {
        let half_width = standard_deviation * 3_f32.sqrt();
        (0..n)
            .map(|_| self.uniform(-half_width, half_width))
            .collect()
    }

    /// `n` token ids from `low` to `high`, both included.
    pub fn ids(&mut self, n: usize, low: u32, high: u32) -> Vec<u32> {
        (0..n).map(|_| self.0.u32(low..=high)).collect()
    }
}
