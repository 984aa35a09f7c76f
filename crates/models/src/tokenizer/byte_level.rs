use std::collections::BTreeSet;

use serde::Deserialize;
use tokenizers::decoders::DecoderWrapper;
use tokenizers::models::bpe::{BPE, Merges, Vocab};
use tokenizers::normalizers::NormalizerWrapper;
use tokenizers::pre_tokenizers::PreTokenizerWrapper;
use tokenizers::pre_tokenizers::byte_level::ByteLevel as Bytes;
use tokenizers::processors::PostProcessorWrapper;
use tokenizers::{AddedToken, ModelWrapper};

use super::SpecialIds;
use super::tokenizer_config::{TokenText, TokenizerConfig};
use super::vocabulary::Vocabulary;
use crate::{Error, ModelFiles, Result};

const TOKENIZER_FILE: &str = "tokenizer.json";
const VOCABULARY_FILE: &str = "vocab.json";
const MERGES_FILE: &str = "merges.txt";
const CONFIG_FILE: &str = "tokenizer_config.json";

/// GPT-2's special token, which plays all parts.
const END_OF_TEXT: &str = "<|endoftext|>";

/// GPT-2's tokenizer: byte-pair encoding over the bytes of a text. Does as
/// `GPT2TokenizerFast` of transformers does.
pub(super) struct ByteLevel {
    tokenizer: tokenizers::Tokenizer,
    vocabulary: Vocabulary,
    special: SpecialIds,
}

impl ByteLevel {
    /// From `tokenizer.json`, or else from `vocab.json` and `merges.txt`.
    pub(super) fn from_files(files: &ModelFiles, config: &TokenizerConfig) -> Result<Self> {
        if config.add_bos_token {
            return Err(unsupported(CONFIG_FILE, "\"add_bos_token\""));
        }
        let mut tokenizer = if files.contains(TOKENIZER_FILE) {
            tokenizer_from_json(files.get(TOKENIZER_FILE)?)?
        } else {
            tokenizer_from_merges(&files.json(VOCABULARY_FILE)?, files.get(MERGES_FILE)?)?
        };
        // What the reference sets, whatever the file says.
        let mut bytes = match tokenizer.get_pre_tokenizer() {
            Some(PreTokenizerWrapper::ByteLevel(bytes)) => *bytes,
            _ => Bytes::default(),
        };
        bytes.add_prefix_space = config.add_prefix_space;
        tokenizer
            .with_pre_tokenizer(Some(bytes))
            .with_decoder(Some(Bytes::default()));

        let given = |token: &Option<TokenText>| {
            token
                .as_ref()
                .map_or(END_OF_TEXT, TokenText::text)
                .to_owned()
        };
        let mut special_tokens = vec![
            given(&config.bos_token),
            given(&config.eos_token),
            given(&config.unk_token),
        ];
        special_tokens.extend(
            config
                .pad_token
                .as_ref()
                .map(|token| token.text().to_owned()),
        );
        let additional = config.additional_special_tokens.iter();
        special_tokens.extend(additional.map(|token| token.text().to_owned()));
        add_tokens(&mut tokenizer, config, &special_tokens)?;

        let id = |token: &str| tokenizer.token_to_id(token);
        let special = SpecialIds {
            all: special_ids(&tokenizer),
            beginning: id(&special_tokens[0]),
            end: id(&special_tokens[1]),
            unknown: id(&special_tokens[2]),
            pad: config.pad_token.as_ref().and_then(|token| id(token.text())),
        };
        let mut vocabulary = Vocabulary::default();
        for (token, id) in tokenizer.get_vocab(true) {
            vocabulary.insert(&token, id);
        }
        Ok(Self {
            tokenizer,
            vocabulary,
            special,
        })
    }

    pub(super) fn special(&self) -> &SpecialIds {
        &self.special
    }

    pub(super) fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    pub(super) fn encode(&self, text: &str) -> Result<Vec<u32>> {
        let encoding =
            self.tokenizer
                .encode_fast(text, true)
                .map_err(|source| Error::Tokenize {
                    reason: source.to_string(),
                })?;
        Ok(encoding.get_ids().to_vec())
    }

    pub(super) fn decode(&self, ids: &[u32], skip_special: bool) -> String {
        let text = self.tokenizer.decode(ids, skip_special);
        text.expect("the decoder for bytes, set when the tokenizer was made, takes any token")
    }
}

/// Reads `tokenizer.json`. What is not GPT-2's way of doing things is refused: it
/// would be another tokenizer, and some of it panics on broken files.
fn tokenizer_from_json(bytes: &[u8]) -> Result<tokenizers::Tokenizer> {
    #[derive(Deserialize)]
    struct Parts {
        model: Model,
    }
    #[derive(Deserialize)]
    struct Model {
        continuing_subword_prefix: Option<String>,
        dropout: Option<f32>,
    }
    let broken = |reason: String| Error::TokenizerFile {
        file: TOKENIZER_FILE.to_owned(),
        reason,
    };
    let refused = |feature| Err(unsupported(TOKENIZER_FILE, feature));

    let parts: Parts = serde_json::from_slice(bytes).map_err(|source| Error::Json {
        file: TOKENIZER_FILE.to_owned(),
        source,
    })?;
    if parts
        .model
        .continuing_subword_prefix
        .is_some_and(|prefix| !prefix.is_empty())
    {
        return refused("a prefix of continuing pieces");
    }
    if parts.model.dropout.is_some_and(|dropout| dropout != 0.0) {
        return refused("random dropout of merges");
    }
    let mut tokenizer =
        tokenizers::Tokenizer::from_bytes(bytes).map_err(|source| broken(source.to_string()))?;
    if !matches!(tokenizer.get_model(), ModelWrapper::BPE(_)) {
        return refused("a model other than byte-pair encoding");
    }
    if !matches!(
        tokenizer.get_normalizer(),
        None | Some(
            NormalizerWrapper::NFC(_)
                | NormalizerWrapper::NFD(_)
                | NormalizerWrapper::NFKC(_)
                | NormalizerWrapper::NFKD(_)
                | NormalizerWrapper::Lowercase(_)
        )
    ) {
        return refused("a normalizer other than a Unicode form or lower case");
    }
    if !matches!(
        tokenizer.get_pre_tokenizer(),
        Some(PreTokenizerWrapper::ByteLevel(_))
    ) {
        return refused("a pre-tokenizer other than that for bytes");
    }
    let post_processor = tokenizer.get_post_processor();
    if !matches!(
        post_processor,
        None | Some(PostProcessorWrapper::ByteLevel(_))
    ) {
        return refused("a post-processor other than that for bytes");
    }
    if !matches!(
        tokenizer.get_decoder(),
        None | Some(DecoderWrapper::ByteLevel(_))
    ) {
        return refused("a decoder other than that for bytes");
    }
    // A length is the caller's concern, who can say what would be cut off.
    tokenizer
        .with_truncation(None)
        .map_err(|source| broken(source.to_string()))?
        .with_padding(None);
    Ok(tokenizer)
}

fn tokenizer_from_merges(vocabulary: &Vocabulary, merges: &[u8]) -> Result<tokenizers::Tokenizer> {
    let broken = |reason: String| Error::TokenizerFile {
        file: MERGES_FILE.to_owned(),
        reason,
    };
    let merges = str::from_utf8(merges).map_err(|source| broken(source.to_string()))?;
    let mut pairs = Merges::new();
    for (position, line) in merges.lines().enumerate() {
        if line.is_empty() || (position == 0 && line.starts_with("#version")) {
            continue;
        }
        let Some((left, right)) = line.split_once(' ') else {
            return Err(broken(format!("line {} is not two tokens", position + 1)));
        };
        pairs.push((left.to_owned(), right.to_owned()));
    }
    let vocabulary: Vocab = vocabulary
        .iter()
        .map(|(token, id)| (token.to_owned(), id))
        .collect();
    let model = BPE::builder()
        .vocab_and_merges(vocabulary, pairs)
        .build()
        .map_err(|source| broken(source.to_string()))?;
    let mut tokenizer = tokenizers::Tokenizer::new(model);
    tokenizer.with_pre_tokenizer(Some(Bytes::new(false, true, true)));
    Ok(tokenizer)
}

/// Makes special tokens, and those added by the configuration, known as such.
fn add_tokens(
    tokenizer: &mut tokenizers::Tokenizer,
    config: &TokenizerConfig,
    special_tokens: &[String],
) -> Result<()> {
    for (id, token) in &config.added_tokens_decoder {
        let added = AddedToken::from(token.content.clone(), token.special);
        if token.special {
            tokenizer.add_special_tokens(&[added]);
        } else {
            tokenizer.add_tokens(&[added]);
        }
        if tokenizer.token_to_id(&token.content) != Some(*id) {
            return Err(Error::TokenizerFile {
                file: CONFIG_FILE.to_owned(),
                reason: format!("added token {:?} cannot have the id {id}", token.content),
            });
        }
    }
    for token in special_tokens {
        // One that is in no vocabulary would get an id that the model does not know.
        if tokenizer.token_to_id(token).is_some() {
            tokenizer.add_special_tokens(&[AddedToken::from(token.clone(), true)]);
        }
    }
    Ok(())
}

fn special_ids(tokenizer: &tokenizers::Tokenizer) -> BTreeSet<u32> {
    let added = tokenizer.get_added_tokens_decoder();
    added
        .iter()
        .filter(|(_, token)| token.special)
        .map(|(id, _)| *id)
        .collect()
}

fn unsupported(file: &str, feature: &str) -> Error {
    Error::TokenizerFeature {
        file: file.to_owned(),
        feature: feature.to_owned(),
    }
}
