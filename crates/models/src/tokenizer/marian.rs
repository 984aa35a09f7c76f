use std::collections::BTreeSet;

use super::SpecialIds;
use super::sentence_piece::{SPACE_SYMBOL, SentencePiece};
use super::tokenizer_config::{TokenText, TokenizerConfig};
use super::vocabulary::Vocabulary;
use crate::{Error, ModelFiles, Result, Side};

const SOURCE_MODEL_FILE: &str = "source.spm";
const TARGET_MODEL_FILE: &str = "target.spm";
const VOCABULARY_FILE: &str = "vocab.json";
const TARGET_VOCABULARY_FILE: &str = "target_vocab.json";

/// Marian's tokenizer: a SentencePiece model for each side, and a vocabulary that
/// gives pieces their ids. Does as `MarianTokenizer` of transformers does.
pub(super) struct Marian {
    source: SentencePiece,
    target: SentencePiece,
    vocabulary: Vocabulary,
    /// Only if the sides do not share one.
    target_vocabulary: Option<Vocabulary>,
    /// Tokens that are cut out of a text before it is split into pieces.
    added: Vec<(String, u32)>,
    special: SpecialIds,
    unknown_token: String,
    unknown_id: u32,
    end_id: u32,
}

impl Marian {
    pub(super) fn from_files(files: &ModelFiles, config: &TokenizerConfig) -> Result<Self> {
        let vocabulary: Vocabulary = files.json(VOCABULARY_FILE)?;
        let target_vocabulary: Option<Vocabulary> = if config.separate_vocabs {
            Some(files.json(TARGET_VOCABULARY_FILE)?)
        } else {
            None
        };
        let given = |token: &Option<TokenText>, default: &str| {
            token
                .as_ref()
                .map_or(default, |token| token.text())
                .to_owned()
        };
        let unknown_token = given(&config.unk_token, "<unk>");
        let end_token = given(&config.eos_token, "</s>");
        let pad_token = given(&config.pad_token, "<pad>");

        let id = |token: &str| {
            let added = config
                .added_tokens_decoder
                .iter()
                .find(|(_, added)| added.content == token);
            added
                .map(|(id, _)| *id)
                .or_else(|| vocabulary.id(token))
                .ok_or_else(|| Error::MissingToken {
                    token: token.to_owned(),
                    file: VOCABULARY_FILE.to_owned(),
                })
        };
        let (unknown_id, end_id, pad_id) = (id(&unknown_token)?, id(&end_token)?, id(&pad_token)?);
        let mut all = BTreeSet::from([unknown_id, end_id, pad_id]);
        let mut added = vec![
            (unknown_token.clone(), unknown_id),
            (end_token, end_id),
            (pad_token, pad_id),
        ];
        for (id, token) in &config.added_tokens_decoder {
            added.push((token.content.clone(), *id));
        }
        for token in config
            .additional_special_tokens
            .iter()
            .chain(&config.bos_token)
        {
            if let Ok(id) = id(token.text()) {
                all.insert(id);
                added.push((token.text().to_owned(), id));
            }
        }
        added.retain(|(token, _)| !token.is_empty());

        let model = |file| SentencePiece::from_bytes(file, files.get(file)?);
        Ok(Self {
            source: model(SOURCE_MODEL_FILE)?,
            target: model(TARGET_MODEL_FILE)?,
            special: SpecialIds {
                all,
                unknown: Some(unknown_id),
                end: Some(end_id),
                pad: Some(pad_id),
                beginning: config
                    .bos_token
                    .as_ref()
                    .and_then(|token| id(token.text()).ok()),
            },
            vocabulary,
            target_vocabulary,
            added,
            unknown_token,
            unknown_id,
            end_id,
        })
    }

    pub(super) fn special(&self) -> &SpecialIds {
        &self.special
    }

    fn vocabulary(&self, side: Side) -> &Vocabulary {
        match (side, &self.target_vocabulary) {
            (Side::Target, Some(vocabulary)) => vocabulary,
            _ => &self.vocabulary,
        }
    }

    pub(super) fn token(&self, id: u32, side: Side) -> Option<&str> {
        let added = self.added.iter().find(|(_, added)| *added == id);
        added
            .map(|(token, _)| token.as_str())
            .or_else(|| self.vocabulary(side).token(id))
    }

    pub(super) fn id(&self, token: &str, side: Side) -> Option<u32> {
        let added = self.added.iter().find(|(added, _)| added == token);
        added
            .map(|(_, id)| *id)
            .or_else(|| self.vocabulary(side).id(token))
    }

    /// One more than the largest id.
    pub(super) fn vocabulary_size(&self, side: Side) -> usize {
        let added = self.added.iter().map(|(_, id)| *id as usize + 1);
        added.max().unwrap_or(0).max(self.vocabulary(side).size())
    }

    /// Ids of a text's tokens, with the end-of-sequence token.
    pub(super) fn encode(&self, text: &str, side: Side) -> Vec<u32> {
        let mut ids = self.split(text, side);
        ids.push(self.end_id);
        ids
    }

    /// Ids of a text's own tokens.
    pub(super) fn split(&self, text: &str, side: Side) -> Vec<u32> {
        let mut ids = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let found = self.first_added_token(rest);
            let (start, length) =
                found.map_or((rest.len(), 0), |(start, token, _)| (start, token.len()));
            self.split_plain(&rest[..start], side, &mut ids);
            ids.extend(found.map(|(_, _, id)| id));
            rest = &rest[start + length..];
        }
        ids
    }

    /// Where the first added token is; of those that start there, the longest.
    fn first_added_token(&self, text: &str) -> Option<(usize, &str, u32)> {
        self.added
            .iter()
            .filter_map(|(token, id)| Some((text.find(token.as_str())?, token.as_str(), *id)))
            .min_by_key(|(start, token, _)| (*start, usize::MAX - token.len()))
    }

    /// Splits a text without added tokens.
    fn split_plain(&self, text: &str, side: Side, ids: &mut Vec<u32>) {
        let vocabulary = self.vocabulary(side);
        let id = |token: &str| vocabulary.id(token).unwrap_or(self.unknown_id);
        let (code, text) = without_language_codes(text);
        ids.extend(code.map(id));
        let model = match side {
            Side::Source => &self.source,
            Side::Target => &self.target,
        };
        ids.extend(model.pieces(&text).iter().map(|piece| id(piece)));
    }

    /// The text of target tokens.
    pub(super) fn decode(&self, ids: &[u32], skip_special: bool) -> String {
        let mut text = String::new();
        let mut pieces: Vec<&str> = Vec::new();
        for id in ids {
            let is_special = self.special.all.contains(id);
            if is_special && skip_special {
                continue;
            }
            match self.token(*id, Side::Target) {
                Some(token) if !is_special => pieces.push(token),
                token => {
                    text.push_str(&self.target.text_from_pieces(&pieces));
                    pieces.clear();
                    text.push_str(token.unwrap_or(&self.unknown_token));
                    text.push(' ');
                }
            }
        }
        text.push_str(&self.target.text_from_pieces(&pieces));
        // Of pieces that the target model does not know, such as the source's.
        text.replace(SPACE_SYMBOL, " ").trim().to_owned()
    }
}

/// Cuts `>>code<<` out of a text. What a text begins with is returned: it is a token;
/// what comes later is dropped, as the reference does.
///
/// The reference's expression is `>>.+<<`: greedy, within one line.
fn without_language_codes(text: &str) -> (Option<&str>, String) {
    let mut first = None;
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    let mut position = 0;
    while let Some(offset) = rest[position..].find(">>") {
        let start = position + offset;
        let inside = rest[start + 2..].split('\n').next().unwrap_or_default();
        match inside.rfind("<<") {
            Some(length) if length > 0 => {
                let end = start + 2 + length + 2;
                if start == 0 && rest.len() == text.len() {
                    first = Some(&rest[..end]);
                }
                plain.push_str(&rest[..start]);
                rest = &rest[end..];
                position = 0;
            }
            _ => position = start + 1,
        }
    }
    plain.push_str(rest);
    (first, plain)
}

#[cfg(test)]
mod tests {
    use super::without_language_codes;

    #[test]
    fn language_codes_are_cut_out() {
        let cut = |text| without_language_codes(text);
        assert_eq!(cut(">>fra<< Hello"), (Some(">>fra<<"), " Hello".to_owned()));
        assert_eq!(cut("Hello >>fra<< you"), (None, "Hello  you".to_owned()));
        assert_eq!(
            cut(">>a<< b >>c<< d"),
            (Some(">>a<< b >>c<<"), " d".to_owned())
        );
        assert_eq!(cut(">>a<<\n>>b<<"), (Some(">>a<<"), "\n".to_owned()));
        assert_eq!(cut(">>a<<<"), (Some(">>a<<<"), String::new()));
        for text in ["", "a >> b << c"] {
            let (first, _) = cut(text);
            assert_eq!(first, None, "{text}");
        }
        for text in [">><<", "<<a>>", ">>a\n<<", "a >>", "1 << 2 >> 3"] {
            assert_eq!(cut(text), (None, text.to_owned()));
        }
    }
}
