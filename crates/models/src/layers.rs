//! Parts that both families are made of.

mod attention;
mod embeddings;
mod layer_norm;
mod linear;

pub(crate) use attention::{CausalMask, attend, split_heads};
pub(crate) use embeddings::embedded;
pub(crate) use layer_norm::LayerNorm;
pub(crate) use linear::Linear;
