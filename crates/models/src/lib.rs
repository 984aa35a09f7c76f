//! From checkpoint bytes to GPT-2 and Marian, with named sites; tokenizers;
//! generation.
//!
//! Everything here is a function of bytes and texts that were handed in. Not here:
//! where files come from (`hub`), which device computes (`backend-cpu`,
//! `backend-webgpu`), what an attribution is (`attribution`).

mod activation;
mod branches;
mod checkpoint;
mod dropout_rates;
mod error;
mod families;
mod files;
mod generate;
mod generation_config;
mod gpt2;
mod layer_path;
mod layers;
mod loading;
mod marian;
mod positions;
mod sequence_model;
mod site;
mod tokenizer;
mod unembed;
mod weights_files;
mod weights_size;

pub use branches::Branch;
pub use checkpoint::{Array, Checkpoint, FileBytes, Foreseen, ForeseenPart, foreseen};
pub use error::{Error, Result};
pub use families::{family_name, is_encoder_decoder, load, weights_bytes};
pub use files::{CONFIG_FILE, FileWanted, ModelFiles, files_to_fetch};
pub use generate::{Generated, generate};
pub use generation_config::{EarlyStopping, GenerationConfig, OneOrMany};
pub use layer_path::{LayerPath, find_layer, layer_outputs};
pub use sequence_model::{Cache, Inputs, LayerInputs, ModelSummary, SequenceModel, Side};
pub use site::{NoProbe, Place, Probe, Site, Stack};
pub use tokenizer::Tokenizer;
pub use weights_files::{is_weights_file, weights_files_in_index};
pub use weights_size::WeightsSize;

use unembed::unembed_choices;
