use crate::generation_config::{EarlyStopping, OneOrMany};
use crate::{Error, GenerationConfig, ModelSummary, Result};

use super::rules::Rules;
use super::sampling::Sampling;

/// Tokens added when nobody sets a limit, and the `max_length` that Hugging Face
/// takes for "nobody did".
const DEFAULT_NEW_TOKENS: usize = 20;

/// Hugging Face's default.
const DEFAULT_TOP_K: usize = 50;

/// A generation config with every field decided.
pub(super) struct Settings {
    pub(super) n_beams: usize,
    pub(super) length_penalty: f32,
    pub(super) early_stopping: EarlyStopping,
    pub(super) sampling: Option<Sampling>,
    pub(super) seed: u64,
    /// Tokens that end a text.
    pub(super) end_ids: Vec<u32>,
    /// Tokens in the prefix.
    pub(super) n_given: usize,
    /// Most tokens in the whole text.
    pub(super) max_length: usize,
    pub(super) rules: Rules,
}

impl Settings {
    pub(super) fn new(
        config: &GenerationConfig,
        changes: &GenerationConfig,
        summary: &ModelSummary,
        n_given: usize,
    ) -> Result<Self> {
        config.check()?;
        config.check_tokens(summary.vocabulary_size)?;
        let max_length = match (config.max_new_tokens, config.max_length) {
            (Some(n), _) => n_given.saturating_add(n),
            (None, None) => n_given + DEFAULT_NEW_TOKENS,
            // In a model's config this number stands for itself as little as none.
            (None, Some(DEFAULT_NEW_TOKENS)) if changes.max_length.is_none() => {
                n_given + DEFAULT_NEW_TOKENS
            }
            (None, Some(max_length)) => max_length,
        }
        .min(summary.n_positions);
        if max_length <= n_given {
            return Err(Error::NoRoom {
                n_tokens: n_given,
                limit: max_length,
            });
        }
        let n_beams = config.num_beams.unwrap_or(1);
        let end_ids = config.eos_token_ids().to_vec();
        let sampling = config.do_sample.unwrap_or(false).then(|| Sampling {
            temperature: config.temperature.unwrap_or(1.0),
            top_k: config.top_k.unwrap_or(DEFAULT_TOP_K),
            top_p: config.top_p.unwrap_or(1.0),
            // Beams need a token to go on with beside those that end them.
            n_kept: if n_beams > 1 {
                end_ids.len().max(1) + 1
            } else {
                1
            },
        });
        let min_new_tokens = config.min_new_tokens.map(|n| n_given.saturating_add(n));
        let bad_words = config.bad_words_ids.iter().flatten();
        Ok(Self {
            n_beams,
            length_penalty: config.length_penalty.unwrap_or(1.0),
            early_stopping: config.early_stopping.unwrap_or_default(),
            seed: config.seed.unwrap_or(0),
            rules: Rules {
                repetition_penalty: config.repetition_penalty.unwrap_or(1.0),
                no_repeat_ngram_size: config.no_repeat_ngram_size.unwrap_or(0),
                // To forbid the end would be to write for ever: not meant, as there.
                bad_words: bad_words
                    .filter(|word| !end_ids.iter().any(|end| word.as_slice() == [*end]))
                    .cloned()
                    .collect(),
                min_length: min_new_tokens.or(config.min_length).unwrap_or(0),
                forced_first: config.forced_bos_token_id,
                forced_last: config
                    .forced_eos_token_id
                    .as_ref()
                    .map(OneOrMany::ids)
                    .unwrap_or_default()
                    .to_vec(),
                is_renormalized: config.renormalize_logits.unwrap_or(false),
                sampling: sampling.clone(),
                end_ids: end_ids.clone(),
                max_length,
            },
            sampling,
            end_ids,
            n_given,
            max_length,
        })
    }

    /// Whether a text is complete.
    pub(super) fn is_finished(&self, ids: &[u32]) -> bool {
        let has_ended = ids.last().is_some_and(|last| self.end_ids.contains(last));
        has_ended || ids.len() >= self.max_length
    }
}
