/// How large a model's weights are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WeightsSize {
    /// How many numbers a checkpoint of it has. Tied embeddings count once, and tables
    /// of positions that are computed, as a Marian's, not at all; a checkpoint may hold
    /// either all the same.
    pub n_parameters: u64,
    /// What they take on a device, as 32-bit floats, with computed tables.
    pub f32_bytes: u64,
    /// With how many of them a token is multiplied on its way through the layers of its
    /// stack; of an encoder-decoder, the mean of both.
    pub per_token: u64,
    /// With how many more, to choose the next token.
    pub per_choice: u64,
    /// Layers of the deepest stack.
    pub n_layers: usize,
}

impl WeightsSize {
    /// Counts arrays of this shape. Sizes beyond any memory stay at the largest number,
    /// for a configuration may claim anything.
    pub(crate) fn add(&mut self, n_arrays: usize, shape: &[usize]) {
        let n_values = n_values(n_arrays, shape);
        self.n_parameters = self.n_parameters.saturating_add(n_values);
        self.add_bytes(n_values);
    }

    /// Counts arrays that are computed, not stored.
    pub(crate) fn add_computed(&mut self, n_arrays: usize, shape: &[usize]) {
        self.add_bytes(n_values(n_arrays, shape));
    }

    /// Notes with how much a token is multiplied: a share of what the layers have, and
    /// an unembedding.
    pub(crate) fn note_work(&mut self, of_layers: u64, n_stacks: u64, unembedding: [usize; 2]) {
        self.per_token = of_layers / n_stacks;
        self.per_choice = n_values(1, &unembedding);
    }

    /// Counts matrices from `n_in` to `n_out` numbers, each with a bias.
    pub(crate) fn add_linear(&mut self, n_arrays: usize, n_in: usize, n_out: usize) {
        self.add(n_arrays, &[n_in, n_out]);
        self.add(n_arrays, &[n_out]);
    }

    fn add_bytes(&mut self, n_values: u64) {
        let n_bytes = n_values.saturating_mul(size_of::<f32>() as u64);
        self.f32_bytes = self.f32_bytes.saturating_add(n_bytes);
    }
}

fn n_values(n_arrays: usize, shape: &[usize]) -> u64 {
    let lengths = shape.iter().map(|length| *length as u64);
    lengths.fold(n_arrays as u64, u64::saturating_mul)
}
