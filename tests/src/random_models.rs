//! Tiny models with random sizes, settings and weights, for laws that hold for every
//! model.

mod gpt2;
mod marian;
mod weights;

use std::path::Path;

use models::{ModelFiles, SequenceModel};

use crate::draws::Draws;
use crate::tiny_models::loaded;

/// A model, and a text for it.
pub struct RandomModel {
    /// Family, seed and settings, for messages.
    pub name: String,
    /// The model, on the CPU.
    pub model: Box<dyn SequenceModel>,
    /// A source text with its end token; `None` for GPT-2.
    pub source: Option<Vec<u32>>,
    /// A prompt or decoder start, and what comes after it.
    pub target: Vec<u32>,
    /// How many tokens of the target are given.
    pub n_given: usize,
}

/// What a maker hands over.
struct Recipe {
    settings: String,
    files: ModelFiles,
    source: Option<Vec<u32>>,
    target: Vec<u32>,
    n_given: usize,
}

/// A GPT-2 for even seeds, a Marian for odd ones: every size, nonlinearity and
/// setting we support occurs among a few dozen.
pub fn random_model(seed: u64) -> RandomModel {
    made(seed, None)
}

/// The model of a seed with an unembedding of its own, whose logits are all
/// multiplied by a factor.
pub fn random_model_with_scaled_logits(seed: u64, factor: f32) -> RandomModel {
    made(seed, Some(factor))
}

fn made(seed: u64, logit_factor: Option<f32>) -> RandomModel {
    let mut draws = Draws::new(seed);
    let recipe = if seed.is_multiple_of(2) {
        gpt2::recipe(&mut draws, logit_factor)
    } else {
        marian::recipe(&mut draws, logit_factor)
    };
    let name = format!("model {seed} ({})", recipe.settings);
    let model = loaded(recipe.files).unwrap_or_else(|error| panic!("{name}: {error}"));
    RandomModel {
        name,
        model,
        source: recipe.source,
        target: recipe.target,
        n_given: recipe.n_given,
    }
}

/// The tokenizer of a committed tiny model: random weights need real text.
fn tokenizer_files(model: &str, names: &[&str]) -> ModelFiles {
    let folder = crate::tiny_models::tiny_models().join(model);
    let mut files = ModelFiles::new();
    for name in names {
        files.insert(*name, read(&folder.join(name)));
    }
    files
}

fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
