//! Writing text: greedily, by sampling, or by beam search, as transformers does.

mod beam_search;
mod continuation;
mod one_by_one;
mod rules;
mod sampling;
mod settings;

use crate::{GenerationConfig, Result, SequenceModel};

use continuation::Continuation;
use settings::Settings;

/// A text that a model wrote.
#[derive(Clone, Debug, PartialEq)]
pub struct Generated {
    /// What was given and what was added, with the token that ended it, if any.
    pub ids: Vec<u32>,
    /// Beam search: the logarithm of the text's probability, as the rules left it,
    /// by its length to the power of the length penalty.
    pub score: Option<f32>,
}

/// Writes a text as the model's generation config says, but for `changes`.
///
/// `source` is read by encoder-decoder models only; `prefix` is what is already
/// written (prompt, or decoder start). `on_token` is told how many of how many tokens
/// there are.
///
/// # Errors
/// If a setting is not supported or means nothing, the prefix is empty or leaves no
/// room, the rules allow no token, or the device fails.
pub async fn generate(
    model: &dyn SequenceModel,
    source: Option<&[u32]>,
    prefix: &[u32],
    changes: &GenerationConfig,
    on_token: &mut dyn FnMut(usize, usize),
) -> Result<Generated> {
    model.summary().check_length(prefix.len())?;
    let config = model.generation_config().changed_by(changes);
    let settings = Settings::new(&config, changes, model.summary(), prefix.len())?;
    let texts = Continuation::new(model, source)?;
    if settings.n_beams > 1 {
        beam_search::generate(texts, prefix, &settings, on_token).await
    } else {
        one_by_one::generate(texts, prefix, &settings, on_token).await
    }
}
