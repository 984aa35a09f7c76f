use std::borrow::Cow;

use safetensors::{Dtype, View};

/// One tensor, made when it is written.
pub(super) struct RandomWeights {
    shape: Vec<usize>,
    values: Values,
}

enum Values {
    Constant(f32),
    /// Uniform with the standard deviation that both families start training with.
    Random {
        seed: u64,
    },
}

const STANDARD_DEVIATION: f32 = 0.02;

/// The same value everywhere.
pub(super) fn constant(name: &str, shape: &[usize], value: f32) -> (String, RandomWeights) {
    let weights = RandomWeights {
        shape: shape.to_vec(),
        values: Values::Constant(value),
    };
    (name.to_owned(), weights)
}

/// Values that look like those of an untrained model.
pub(super) fn random(name: &str, shape: &[usize]) -> (String, RandomWeights) {
    // Each tensor has a seed of its own, so that the order of writing is free.
    let seed = name.bytes().fold(0, |seed: u64, byte| {
        seed.wrapping_mul(31).wrapping_add(u64::from(byte))
    });
    let weights = RandomWeights {
        shape: shape.to_vec(),
        values: Values::Random { seed },
    };
    (name.to_owned(), weights)
}

/// Weight and bias of a normalization that changes nothing.
pub(super) fn plain_norm(name: &str, hidden: usize) -> [(String, RandomWeights); 2] {
    [
        constant(&format!("{name}.weight"), &[hidden], 1.0),
        constant(&format!("{name}.bias"), &[hidden], 0.0),
    ]
}

/// A random weight, and a bias of zeros.
pub(super) fn linear(name: &str, weight: [usize; 2], bias: usize) -> [(String, RandomWeights); 2] {
    [
        random(&format!("{name}.weight"), &weight),
        constant(&format!("{name}.bias"), &[bias], 0.0),
    ]
}

impl View for RandomWeights {
    fn dtype(&self) -> Dtype {
        Dtype::F32
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        let n_values: usize = self.shape.iter().product();
        let mut bytes = Vec::with_capacity(self.data_len());
        match self.values {
            Values::Constant(value) => {
                for _ in 0..n_values {
                    bytes.extend(value.to_le_bytes());
                }
            }
            Values::Random { seed } => {
                let half_width = STANDARD_DEVIATION * 3_f32.sqrt();
                let mut generator = fastrand::Rng::with_seed(seed);
                for _ in 0..n_values {
                    let value = (2.0 * generator.f32() - 1.0) * half_width;
                    bytes.extend(value.to_le_bytes());
                }
            }
        }
        Cow::Owned(bytes)
    }

    fn data_len(&self) -> usize {
        4 * self.shape.iter().product::<usize>()
    }
}
