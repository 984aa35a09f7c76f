use std::collections::HashMap;

use sentencepiece_model::{ModelType, SentencePieceModel, Type};

use self::character_map::CharacterMap;
use self::normalization::Normalization;
use crate::{Error, Result};

mod character_map;
mod normalization;
mod pair_merging;
mod unigram;

/// How SentencePiece writes a space.
pub(super) const SPACE_SYMBOL: char = '▁';

/// A SentencePiece model: splits a text into pieces and joins pieces to a text.
///
/// Only reading the file is a library's work. Libraries also split, but not as the
/// reference does: the `tokenizers` crate sums scores in 64 bits where SentencePiece
/// rounds each sum to 32, so repeated characters ("!!!!!", "......") come out
/// differently in one of ten such texts; and it normalizes by grapheme.
pub(super) struct SentencePiece {
    normalization: Normalization,
    algorithm: Algorithm,
    pieces: Pieces,
}

enum Algorithm {
    Unigram,
    PairMerging,
}

/// The vocabulary of a SentencePiece model.
struct Pieces {
    by_text: HashMap<String, Piece>,
    /// Length of the longest piece that may be in a text, in characters.
    longest: usize,
    /// Lowest and highest score of the ordinary pieces.
    lowest_score: f32,
    highest_score: f32,
}

#[derive(Clone, Copy)]
struct Piece {
    score: f32,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Ordinary,
    /// Always one piece, and never normalized.
    UserDefined,
    /// Left out of results, though larger pieces may be merged from it.
    Unused,
    /// Invisible in texts: `<s>`, `</s>`.
    Control,
    /// Stands for what is unknown: `<unk>`.
    Unknown,
}

/// A part of a normalized text.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Segment<'text> {
    text: &'text str,
    is_known: bool,
}

impl Pieces {
    /// A piece that can be a part of a text.
    fn of_text(&self, text: &str) -> Option<Piece> {
        self.by_text
            .get(text)
            .copied()
            .filter(|piece| !matches!(piece.kind, Kind::Control | Kind::Unknown))
    }

    /// Ends of the beginnings of `text` that are short enough to be a piece.
    fn possible_ends(&self, text: &str) -> impl Iterator<Item = usize> {
        text.char_indices()
            .map(|(start, character)| start + character.len_utf8())
            .take(self.longest)
    }

    /// Length of the longest user-defined piece that `text` begins with, in bytes.
    fn user_defined_beginning(&self, text: &str) -> Option<usize> {
        self.possible_ends(text)
            .filter(|end| {
                let piece = self.by_text.get(&text[..*end]);
                piece.is_some_and(|piece| piece.kind == Kind::UserDefined)
            })
            .last()
    }
}

impl SentencePiece {
    /// Reads a `.spm` file. `file` is its name, for errors.
    pub(super) fn from_bytes(file: &str, bytes: &[u8]) -> Result<Self> {
        let broken = |reason: String| Error::TokenizerFile {
            file: file.to_owned(),
            reason,
        };
        let unsupported = |feature: &str| Error::TokenizerFeature {
            file: file.to_owned(),
            feature: feature.to_owned(),
        };

        let model =
            SentencePieceModel::from_slice(bytes).map_err(|source| broken(source.to_string()))?;
        let Some(trainer) = model.trainer() else {
            return Err(broken("it has no trainer settings".to_owned()));
        };
        let algorithm = match trainer.model_type() {
            ModelType::Unigram => Algorithm::Unigram,
            ModelType::Bpe => Algorithm::PairMerging,
            ModelType::Word => return Err(unsupported("segmentation into words")),
            ModelType::Char => return Err(unsupported("segmentation into characters")),
        };
        if trainer.byte_fallback() {
            return Err(unsupported("byte fallback"));
        }
        let has_characters_back =
            |spec: &sentencepiece_model::NormalizerSpec| !spec.precompiled_charsmap().is_empty();
        if model.denormalizer().is_some_and(has_characters_back) {
            return Err(unsupported("denormalization"));
        }

        let spec = model.normalizer().cloned().unwrap_or_default();
        let normalization = Normalization {
            characters: CharacterMap::from_bytes(spec.precompiled_charsmap())
                .map_err(|reason| broken(reason.to_owned()))?,
            adds_dummy_prefix: spec.add_dummy_prefix(),
            removes_extra_spaces: spec.remove_extra_whitespaces(),
            escapes_spaces: spec.escape_whitespaces(),
            puts_dummy_last: trainer.treat_whitespace_as_suffix(),
        };
        let pieces = pieces_from_model(&model).map_err(|reason| broken(reason.to_owned()))?;
        Ok(Self {
            normalization,
            algorithm,
            pieces,
        })
    }

    /// Splits a text into pieces. A run of unknown characters is one piece, spelled
    /// as itself.
    pub(super) fn pieces(&self, text: &str) -> Vec<String> {
        let normalized = self.normalization.normalize(text, &self.pieces);
        let segments = match self.algorithm {
            Algorithm::Unigram => unigram::segments(&normalized, &self.pieces),
            Algorithm::PairMerging => pair_merging::segments(&normalized, &self.pieces),
        };
        let runs = segments.chunk_by(|left, right| !left.is_known && !right.is_known);
        runs.map(|run| run.iter().map(|segment| segment.text).collect())
            .collect()
    }

    /// Joins pieces to a text. Pieces that are not in the model are spelled as they
    /// are; space symbols in those stay, as in the reference.
    pub(super) fn text_from_pieces(&self, pieces: &[&str]) -> String {
        let drops_first_space =
            self.normalization.adds_dummy_prefix || self.normalization.removes_extra_spaces;
        let mut text = String::new();
        let mut is_at_beginning = true;
        let mut has_dropped_space = false;
        for piece in pieces {
            if has_dropped_space || !text.is_empty() {
                is_at_beginning = false;
            }
            has_dropped_space = false;
            match self.pieces.by_text.get(*piece).map(|piece| piece.kind) {
                Some(Kind::Control) => {}
                Some(Kind::Unknown) | None => text.push_str(piece),
                Some(Kind::Ordinary | Kind::UserDefined | Kind::Unused) => {
                    let mut visible = *piece;
                    if is_at_beginning
                        && drops_first_space
                        && let Some(rest) = visible.strip_prefix(SPACE_SYMBOL)
                    {
                        visible = rest;
                        // Where extra spaces are removed, so are all at the beginning.
                        has_dropped_space = !self.normalization.removes_extra_spaces;
                    }
                    text.extend(visible.chars().map(|character| match character {
                        SPACE_SYMBOL => ' ',
                        other => other,
                    }));
                }
            }
        }
        text
    }
}

fn pieces_from_model(model: &SentencePieceModel) -> Result<Pieces, &'static str> {
    let mut pieces = Pieces {
        by_text: HashMap::with_capacity(model.pieces().len()),
        longest: 0,
        lowest_score: f32::MAX,
        // As in the reference; log probabilities are negative, so it is their bound.
        highest_score: f32::MIN_POSITIVE,
    };
    for piece in model.pieces() {
        let (text, score) = (piece.piece(), piece.score());
        if text.is_empty() {
            return Err("a piece is empty");
        }
        if !score.is_finite() {
            return Err("a score is not finite");
        }
        let kind = match piece.r#type() {
            Type::Normal => Kind::Ordinary,
            Type::UserDefined => Kind::UserDefined,
            Type::Unused => Kind::Unused,
            Type::Control => Kind::Control,
            Type::Unknown => Kind::Unknown,
            Type::Byte => return Err("it has pieces for bytes without byte fallback"),
        };
        if kind == Kind::Ordinary {
            pieces.lowest_score = pieces.lowest_score.min(score);
            pieces.highest_score = pieces.highest_score.max(score);
        }
        pieces.longest = pieces.longest.max(text.chars().count());
        if pieces
            .by_text
            .insert(text.to_owned(), Piece { score, kind })
            .is_some()
        {
            return Err("a piece appears twice");
        }
    }
    Ok(pieces)
}
