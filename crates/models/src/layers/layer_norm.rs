use tensor::Tensor;

use crate::Result;

/// Normalizes the last axis, then scales and shifts it. Ba et al. 2016,
/// <https://arxiv.org/abs/1607.06450>.
#[derive(Debug)]
pub(crate) struct LayerNorm {
    pub(crate) weight: Tensor, // [hidden]
    pub(crate) bias: Tensor,   // [hidden]
    pub(crate) epsilon: f32,
}

impl LayerNorm {
    pub(crate) fn apply(&self, input: &Tensor) -> Result<Tensor> {
        let normalized = input.normalize(self.epsilon)?;
        Ok(normalized.multiply(&self.weight)?.add(&self.bias)?)
    }
}
