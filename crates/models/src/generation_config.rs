use serde::Deserialize;

/// How a model wants to generate: `generation_config.json`, or the same fields of
/// an older `config.json`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct GenerationConfig {
    /// Ends a text; Hugging Face allows one or several.
    #[serde(default)]
    eos_token_id: Option<OneOrMany>,
    /// Longest text in tokens, prompt or decoder start included.
    #[serde(default)]
    pub max_length: Option<usize>,
    /// Most tokens to add.
    #[serde(default)]
    pub max_new_tokens: Option<usize>,
    /// Token sequences that must not be written.
    #[serde(default)]
    pub bad_words_ids: Option<Vec<Vec<u32>>>,
    /// Written at the last position allowed by `max_length`.
    #[serde(default)]
    pub forced_eos_token_id: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(u32),
    Many(Vec<u32>),
}

impl GenerationConfig {
    /// The tokens that end a text.
    pub fn eos_token_ids(&self) -> &[u32] {
        match &self.eos_token_id {
            None => &[],
            Some(OneOrMany::One(id)) => std::slice::from_ref(id),
            Some(OneOrMany::Many(ids)) => ids,
        }
    }
}
