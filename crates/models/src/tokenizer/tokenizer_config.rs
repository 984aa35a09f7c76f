use std::collections::BTreeMap;

use serde::Deserialize;

/// The parts of `tokenizer_config.json` that change what a tokenizer does.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct TokenizerConfig {
    pub(super) bos_token: Option<TokenText>,
    pub(super) eos_token: Option<TokenText>,
    pub(super) unk_token: Option<TokenText>,
    pub(super) pad_token: Option<TokenText>,
    pub(super) additional_special_tokens: Vec<TokenText>,
    /// By id.
    pub(super) added_tokens_decoder: BTreeMap<u32, AddedToken>,
    /// GPT-2: read the first word as if a space came before it.
    pub(super) add_prefix_space: bool,
    /// GPT-2: put the first token before every text.
    pub(super) add_bos_token: bool,
    /// Marian: source and target do not share a vocabulary.
    pub(super) separate_vocabs: bool,
}

/// A special token, written as itself or as an object.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum TokenText {
    Itself(String),
    Described { content: String },
}

#[derive(Deserialize)]
pub(super) struct AddedToken {
    pub(super) content: String,
    #[serde(default)]
    pub(super) special: bool,
}

impl TokenText {
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Itself(text) | Self::Described { content: text } => text,
        }
    }
}
