use crate::{Error, Result};

/// Uniform random numbers, at least 0 and below 1: from a seed, the same on every
/// machine, or as they were recorded.
pub(crate) enum Draws {
    Seeded(fastrand::Rng),
    Recorded(std::vec::IntoIter<f64>),
}

impl Draws {
    /// Those recorded in a request, if there are any, otherwise those of a seed.
    pub(crate) fn new(recorded: Option<&[f64]>, seed: u64) -> Self {
        match recorded {
            Some(recorded) => Self::Recorded(Vec::from(recorded).into_iter()),
            None => Self::Seeded(fastrand::Rng::with_seed(seed)),
        }
    }

    pub(crate) fn uniform(&mut self) -> Result<f64> {
        match self {
            Self::Seeded(generator) => Ok(generator.f64()),
            Self::Recorded(recorded) => recorded.next().ok_or(Error::NoDrawsLeft),
        }
    }

    pub(crate) fn uniforms(&mut self, n: usize) -> Result<Vec<f64>> {
        (0..n).map(|_| self.uniform()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_numbers_on_every_machine() {
        let mut draws = Draws::new(None, 0);
        let drawn = draws.uniforms(3).unwrap();
        assert_eq!(drawn, Draws::new(None, 0).uniforms(3).unwrap());
        assert_ne!(drawn, Draws::new(None, 1).uniforms(3).unwrap());
        // Recorded once; a new generator behind the same seed would change results.
        assert_eq!(
            drawn,
            [
                0.602_627_607_191_017_3,
                0.004_949_296_381_334_955,
                0.094_759_079_533_018_72
            ]
        );
    }

    #[test]
    fn recorded_draws_run_out() {
        let mut draws = Draws::new(Some(&[0.5]), 0);
        assert_eq!(draws.uniform().unwrap(), 0.5);
        assert!(matches!(draws.uniform(), Err(Error::NoDrawsLeft)));
    }
}
