use std::borrow::Cow;
use std::io::{self, Write};

use clap::ValueEnum;
use half::{bf16, f16};
use safetensors::{Dtype, View};

/// One tensor, made when it is written.
pub(super) struct RandomWeights {
    shape: Vec<usize>,
    values: Values,
    numbers: Numbers,
}

/// How numbers are stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Numbers {
    /// Four bytes each.
    #[default]
    F32,
    /// Two bytes each, precise.
    F16,
    /// Two bytes each, far-reaching.
    Bf16,
}

impl Numbers {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F16 => "f16",
            Self::Bf16 => "bf16",
        }
    }

    fn size(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F16 | Self::Bf16 => 2,
        }
    }
}

enum Values {
    Constant(f32),
    /// Ones on and below the diagonal of the last two axes, which are equally long.
    LowerTriangle,
    /// Uniform with the standard deviation that both families start training with.
    Random {
        seed: u64,
    },
}

const STANDARD_DEVIATION: f32 = 0.02;

/// The same value everywhere.
pub(super) fn constant(name: &str, shape: &[usize], value: f32) -> (String, RandomWeights) {
    tensor(name, shape, Values::Constant(value))
}

/// What a word may attend to: itself and those before it.
pub(super) fn causal_mask(name: &str, n_positions: usize) -> (String, RandomWeights) {
    let shape = [1, 1, n_positions, n_positions];
    tensor(name, &shape, Values::LowerTriangle)
}

fn tensor(name: &str, shape: &[usize], values: Values) -> (String, RandomWeights) {
    let weights = RandomWeights {
        shape: shape.to_vec(),
        values,
        numbers: Numbers::default(),
    };
    (name.to_owned(), weights)
}

/// Values that look like those of an untrained model.
pub(super) fn random(name: &str, shape: &[usize]) -> (String, RandomWeights) {
    // Each tensor has a seed of its own, so that the order of writing is free.
    let seed = name.bytes().fold(0, |seed: u64, byte| {
        seed.wrapping_mul(31).wrapping_add(u64::from(byte))
    });
    tensor(name, shape, Values::Random { seed })
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

impl RandomWeights {
    pub(super) fn with_numbers(self, numbers: Numbers) -> Self {
        Self { numbers, ..self }
    }

    pub(super) fn numbers(&self) -> Numbers {
        self.numbers
    }

    pub(super) fn n_values(&self) -> usize {
        self.shape.iter().product()
    }

    /// Writes all values, little end first, without having all of them at once.
    pub(super) fn write_to(&self, writer: &mut impl Write) -> io::Result<()> {
        let n_values = self.n_values();
        match self.values {
            Values::Constant(value) => {
                self.write_values(std::iter::repeat_n(value, n_values), writer)
            }
            Values::LowerTriangle => {
                let side = self.shape.last().copied().unwrap_or_default();
                let values = (0..n_values).map(|at| {
                    let (row, column) = (at / side % side, at % side);
                    if column <= row { 1.0 } else { 0.0 }
                });
                self.write_values(values, writer)
            }
            Values::Random { seed } => {
                let half_width = STANDARD_DEVIATION * 3_f32.sqrt();
                let mut generator = fastrand::Rng::with_seed(seed);
                let values = (0..n_values).map(|_| (2.0 * generator.f32() - 1.0) * half_width);
                self.write_values(values, writer)
            }
        }
    }

    fn write_values(
        &self,
        values: impl Iterator<Item = f32>,
        writer: &mut impl Write,
    ) -> io::Result<()> {
        // A writer may do a good deal for each call, such as a checksum.
        const ENOUGH: usize = 64 * 1024;
        let mut bytes = Vec::with_capacity(ENOUGH + size_of::<f32>());
        for value in values {
            match self.numbers {
                Numbers::F32 => bytes.extend(value.to_le_bytes()),
                Numbers::F16 => bytes.extend(f16::from_f32(value).to_le_bytes()),
                Numbers::Bf16 => bytes.extend(bf16::from_f32(value).to_le_bytes()),
            }
            if bytes.len() >= ENOUGH {
                writer.write_all(&bytes)?;
                bytes.clear();
            }
        }
        writer.write_all(&bytes)
    }
}

impl View for RandomWeights {
    fn dtype(&self) -> Dtype {
        match self.numbers {
            Numbers::F32 => Dtype::F32,
            Numbers::F16 => Dtype::F16,
            Numbers::Bf16 => Dtype::BF16,
        }
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        let mut bytes = Vec::with_capacity(self.data_len());
        self.write_to(&mut bytes)
            .expect("memory takes what is written");
        Cow::Owned(bytes)
    }

    fn data_len(&self) -> usize {
        self.numbers.size() * self.n_values()
    }
}

/// As `safetensors` wants what it writes several files from.
impl View for &RandomWeights {
    fn dtype(&self) -> Dtype {
        RandomWeights::dtype(self)
    }

    fn shape(&self) -> &[usize] {
        RandomWeights::shape(self)
    }

    fn data(&self) -> Cow<'_, [u8]> {
        RandomWeights::data(self)
    }

    fn data_len(&self) -> usize {
        RandomWeights::data_len(self)
    }
}
