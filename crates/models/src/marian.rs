//! Marian, the architecture of OPUS-MT. Junczys-Dowmunt et al. 2018,
//! <https://arxiv.org/abs/1804.00344>; numbers as in Hugging Face's `MarianMTModel`
//! with eager attention.

mod config;
mod decoder;
mod encoder;
mod forward;
mod layer_paths;
mod sinusoids;
mod weights;

pub(crate) use config::Config;
pub(crate) use forward::Marian;
