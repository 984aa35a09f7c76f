//! GPT-2. Radford et al. 2019, "Language Models are Unsupervised Multitask
//! Learners"; numbers as in Hugging Face's `GPT2LMHeadModel` with eager attention.

mod config;
mod forward;
mod layer_paths;
mod weights;

pub(crate) use config::Config;
pub(crate) use forward::Gpt2;
