use std::collections::BTreeMap;

use safetensors::Dtype;
use safetensors::tensor::TensorView;

use crate::draws::Draws;

/// Named arrays for a checkpoint.
#[derive(Default)]
pub(super) struct RandomWeights {
    /// What stands before every name.
    prefix: &'static str,
    arrays: BTreeMap<String, (Vec<usize>, Vec<u8>)>,
}

impl RandomWeights {
    pub(super) fn with_prefix(prefix: &'static str) -> Self {
        Self {
            prefix,
            arrays: BTreeMap::new(),
        }
    }

    pub(super) fn add(&mut self, name: &str, shape: &[usize], values: &[f32]) {
        self.add_unprefixed(&format!("{}{name}", self.prefix), shape, values);
    }

    pub(super) fn add_unprefixed(&mut self, name: &str, shape: &[usize], values: &[f32]) {
        assert_eq!(shape.iter().product::<usize>(), values.len(), "{name}");
        let bytes = values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        self.arrays.insert(name.to_owned(), (shape.to_vec(), bytes));
    }

    /// Token or position embeddings.
    pub(super) fn add_table(
        &mut self,
        draws: &mut Draws,
        name: &str,
        shape: [usize; 2],
        spread: f32,
    ) {
        self.add(name, &shape, &draws.values(shape[0] * shape[1], spread));
    }

    /// A matrix and its bias; sums over `n_in` keep the size of their inputs.
    pub(super) fn add_linear(
        &mut self,
        draws: &mut Draws,
        name: &str,
        shape: [usize; 2],
        [n_in, n_out]: [usize; 2],
    ) {
        let spread = 1.0 / (n_in as f32).sqrt();
        self.add_table(draws, &format!("{name}.weight"), shape, spread);
        let bias = draws.values(n_out, BIAS_SPREAD);
        self.add(&format!("{name}.bias"), &[n_out], &bias);
    }

    pub(super) fn add_norm(&mut self, draws: &mut Draws, name: &str, width: usize) {
        let weight: Vec<f32> = draws.values(width, BIAS_SPREAD);
        let weight: Vec<f32> = weight.iter().map(|value| 1.0 + value).collect();
        self.add(&format!("{name}.weight"), &[width], &weight);
        let bias = draws.values(width, BIAS_SPREAD);
        self.add(&format!("{name}.bias"), &[width], &bias);
    }

    pub(super) fn into_safetensors(self) -> Vec<u8> {
        let views = self.arrays.iter().map(|(name, (shape, bytes))| {
            let view = TensorView::new(Dtype::F32, shape.clone(), bytes)
                .expect("the bytes fill the shape");
            (name.as_str(), view)
        });
        safetensors::serialize(views, None).expect("a few small arrays can be written")
    }
}

const BIAS_SPREAD: f32 = 0.2;
