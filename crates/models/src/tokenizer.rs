use std::collections::BTreeSet;

use self::byte_level::ByteLevel;
use self::marian::Marian;
use self::sentence_piece::SPACE_SYMBOL;
use self::tokenizer_config::TokenizerConfig;
use crate::{ModelFiles, Result, Side};

mod byte_level;
mod marian;
mod sentence_piece;
mod tokenizer_config;
mod vocabulary;

const CONFIG_FILE: &str = "tokenizer_config.json";

/// Turns texts into token ids, and back.
///
/// Ids, and texts from ids, are those of the tokenizers of transformers, with
/// `clean_up_tokenization_spaces` off.
pub struct Tokenizer {
    format: Format,
}

enum Format {
    ByteLevel(Box<ByteLevel>),
    Marian(Box<Marian>),
}

/// Ids of tokens that are no text.
#[derive(Default)]
struct SpecialIds {
    /// All of them, those below included.
    all: BTreeSet<u32>,
    unknown: Option<u32>,
    end: Option<u32>,
    pad: Option<u32>,
    beginning: Option<u32>,
}

impl Tokenizer {
    /// GPT-2's: from `tokenizer.json`, or `vocab.json` and `merges.txt`; with
    /// `tokenizer_config.json` if it is there.
    ///
    /// # Errors
    /// If a file is missing or broken, or needs something that is not supported.
    pub fn byte_level(files: &ModelFiles) -> Result<Self> {
        let tokenizer = ByteLevel::from_files(files, &config(files)?)?;
        Ok(Self {
            format: Format::ByteLevel(Box::new(tokenizer)),
        })
    }

    /// Marian's: from `source.spm`, `target.spm` and `vocab.json`; with
    /// `tokenizer_config.json` if it is there, and `target_vocab.json` if that says so.
    ///
    /// # Errors
    /// If a file is missing or broken, or needs something that is not supported.
    pub fn marian(files: &ModelFiles) -> Result<Self> {
        let tokenizer = Marian::from_files(files, &config(files)?)?;
        Ok(Self {
            format: Format::Marian(Box::new(tokenizer)),
        })
    }

    /// Ids of a source text (Marian: with the end-of-sequence token) or prompt.
    ///
    /// # Errors
    /// If the text cannot be split.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>> {
        self.encode_side(text, Side::Source)
    }

    /// Ids of an output text. Marian: with the end-of-sequence token, without the
    /// decoder's start, which is the model's concern.
    ///
    /// # Errors
    /// If the text cannot be split.
    pub fn encode_target(&self, text: &str) -> Result<Vec<u32>> {
        self.encode_side(text, Side::Target)
    }

    fn encode_side(&self, text: &str, side: Side) -> Result<Vec<u32>> {
        match &self.format {
            Format::ByteLevel(tokenizer) => tokenizer.encode(text),
            Format::Marian(tokenizer) => Ok(tokenizer.encode(text, side)),
        }
    }

    /// Ids of the text's own tokens: like [`encode`](Self::encode) and
    /// [`encode_target`](Self::encode_target), with no token added.
    ///
    /// # Errors
    /// If the text cannot be split.
    pub fn split(&self, text: &str, side: Side) -> Result<Vec<u32>> {
        match &self.format {
            Format::ByteLevel(tokenizer) => tokenizer.encode(text),
            Format::Marian(tokenizer) => Ok(tokenizer.split(text, side)),
        }
    }

    /// The text of output tokens. Bytes that are no whole character become `�`; ids
    /// that the vocabulary does not have are left out or, for Marian, spelled as the
    /// unknown token.
    pub fn decode(&self, ids: &[u32], skip_special: bool) -> String {
        match &self.format {
            Format::ByteLevel(tokenizer) => tokenizer.decode(ids, skip_special),
            Format::Marian(tokenizer) => tokenizer.decode(ids, skip_special),
        }
    }

    /// A token as the tokenizer spells it, such as `Ġworld`, `▁world`, `</s>`; for
    /// Marian with two vocabularies, one of the output.
    pub fn token(&self, id: u32) -> Option<&str> {
        self.token_of_side(id, Side::Target)
    }

    /// A token as the tokenizer spells it. The side matters only for Marian with two
    /// vocabularies.
    pub fn token_of_side(&self, id: u32, side: Side) -> Option<&str> {
        match &self.format {
            Format::ByteLevel(tokenizer) => tokenizer.vocabulary().token(id),
            Format::Marian(tokenizer) => tokenizer.token(id, side),
        }
    }

    /// The id of a token in the tokenizer's spelling.
    pub fn id(&self, token: &str) -> Option<u32> {
        match &self.format {
            Format::ByteLevel(tokenizer) => tokenizer.vocabulary().id(token),
            Format::Marian(tokenizer) => tokenizer.id(token, Side::Target),
        }
    }

    /// A token as a reader should see it: with spaces, and with `�` for bytes that are
    /// no whole character. Empty for an id that the vocabulary does not have.
    pub fn display(&self, id: u32) -> String {
        match &self.format {
            Format::ByteLevel(tokenizer) => tokenizer.decode(&[id], false),
            Format::Marian(_) => self
                .token(id)
                .unwrap_or_default()
                .replace(SPACE_SYMBOL, " "),
        }
    }

    /// Whether a token is no text, such as `</s>`.
    pub fn is_special(&self, id: u32) -> bool {
        self.special().all.contains(&id)
    }

    /// Number of ids of the output's vocabulary: one more than the largest. A model may
    /// have more, for round numbers.
    pub fn vocabulary_size(&self) -> usize {
        self.vocabulary_size_of_side(Side::Target)
    }

    /// Number of ids of a vocabulary: one more than the largest. The side matters only
    /// for Marian with two vocabularies.
    pub fn vocabulary_size_of_side(&self, side: Side) -> usize {
        match &self.format {
            Format::ByteLevel(tokenizer) => tokenizer.vocabulary().size(),
            Format::Marian(tokenizer) => tokenizer.vocabulary_size(side),
        }
    }

    /// The id that stands for what is in no vocabulary.
    pub fn unknown_id(&self) -> Option<u32> {
        self.special().unknown
    }

    /// The id that ends a sequence.
    pub fn end_id(&self) -> Option<u32> {
        self.special().end
    }

    /// The id that fills up a sequence.
    pub fn pad_id(&self) -> Option<u32> {
        self.special().pad
    }

    /// The id that begins a sequence.
    pub fn beginning_id(&self) -> Option<u32> {
        self.special().beginning
    }

    /// The tokenizer's class in transformers, as Inseq notes it with results.
    pub fn class_name(&self) -> &'static str {
        match &self.format {
            Format::ByteLevel(_) => "GPT2TokenizerFast",
            Format::Marian(_) => "MarianTokenizer",
        }
    }

    fn special(&self) -> &SpecialIds {
        match &self.format {
            Format::ByteLevel(tokenizer) => tokenizer.special(),
            Format::Marian(tokenizer) => tokenizer.special(),
        }
    }
}

fn config(files: &ModelFiles) -> Result<TokenizerConfig> {
    Ok(files.json_if_present(CONFIG_FILE)?.unwrap_or_default())
}
