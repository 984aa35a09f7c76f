use tensor::Activation;

use crate::{Error, Result};

/// The nonlinearity a configuration names.
pub(crate) fn activation_named(field: &'static str, name: &str) -> Result<Activation> {
    match name {
        "gelu_new" | "gelu_pytorch_tanh" | "gelu_fast" => Ok(Activation::GeluNew),
        "gelu" => Ok(Activation::Gelu),
        "relu" => Ok(Activation::Relu),
        "swish" | "silu" => Ok(Activation::Swish),
        other => Err(Error::UnsupportedConfig {
            field,
            value: other.to_owned(),
        }),
    }
}
