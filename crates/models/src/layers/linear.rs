use tensor::{Tensor, Transposed};

use crate::Result;

/// `x W + b` over the last axis.
#[derive(Debug)]
pub(crate) struct Linear {
    weight: Tensor,
    stored: Transposed,
    bias: Tensor, // [out]
}

impl Linear {
    /// A weight stored `[in, out]`, as GPT-2 has them.
    pub(crate) fn from_in_out(weight: Tensor, bias: Tensor) -> Self {
        Self {
            weight,
            stored: Transposed::Neither,
            bias,
        }
    }

    /// A weight stored `[out, in]`, as Marian has them.
    pub(crate) fn from_out_in(weight: Tensor, bias: Tensor) -> Self {
        Self {
            weight,
            stored: Transposed::Right,
            bias,
        }
    }

    /// `[.., in]` → `[.., out]`
    pub(crate) fn apply(&self, input: &Tensor) -> Result<Tensor> {
        let product = match self.stored {
            Transposed::Right => input.matmul_transposed(&self.weight)?,
            _ => input.matmul(&self.weight)?,
        };
        Ok(product.add(&self.bias)?)
    }
}
