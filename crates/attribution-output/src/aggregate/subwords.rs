use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::spans::merge;
use crate::{AggregateFunction, Attribution, Compatibility, Error, Result, Spelling, Token};

/// Merges the pieces of each word, as [`SpanAggregation`](super::SpanAggregation)
/// merges spans.
///
/// A piece that begins with a mark of the tokenizer begins a word; those that follow
/// without one continue it, punctuation included. Special tokens such as `</s>` stand
/// alone.
///
/// Inseq's `subwords` leaves the last piece of the text out of its word and takes
/// special tokens for pieces; so does [`Compatibility::Inseq`], where also the mark
/// is `▁` unless it is given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SubwordAggregation {
    /// Instead of the default functions of all fields, step scores included.
    pub aggregate_fn: Option<AggregateFunction>,
    /// Merge the pieces of the source.
    pub aggregate_source: bool,
    /// Merge the pieces of the output.
    pub aggregate_target: bool,
    /// Marks at the beginning of a piece; those of the tokenizer if not given.
    pub special_chars: Option<Marks>,
    /// The marks say that a piece continues a word, as in `##ing`, rather than that it
    /// begins one.
    pub is_suffix_symbol: bool,
}

/// One mark or several. In JSON a single one may stand without a list around it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "OneOrMany", into = "Vec<String>")]
pub struct Marks(pub Vec<String>);

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl From<OneOrMany> for Marks {
    fn from(marks: OneOrMany) -> Self {
        Self(match marks {
            OneOrMany::One(mark) => vec![mark],
            OneOrMany::Many(marks) => marks,
        })
    }
}

impl From<Marks> for Vec<String> {
    fn from(marks: Marks) -> Self {
        marks.0
    }
}

impl Default for SubwordAggregation {
    fn default() -> Self {
        Self {
            aggregate_fn: None,
            aggregate_source: true,
            aggregate_target: true,
            special_chars: None,
            is_suffix_symbol: false,
        }
    }
}

impl SubwordAggregation {
    /// Merges the pieces.
    pub(super) fn apply(
        &self,
        attribution: &Attribution,
        compatibility: Compatibility,
    ) -> Result<Attribution> {
        let marks = self.marks(attribution.spelling, compatibility)?;
        let is_continuation = |token: &Token| {
            let is_marked = marks.iter().any(|mark| token.token.starts_with(mark));
            is_marked == self.is_suffix_symbol
        };
        let words = |is_wanted: bool, tokens: &[Token]| {
            let has_marks = tokens
                .iter()
                .any(|token| marks.iter().any(|mark| token.token.contains(mark)));
            match compatibility {
                _ if !is_wanted => Vec::new(),
                Compatibility::Corrected => words(tokens, is_continuation),
                Compatibility::Inseq if has_marks => words_of_inseq(tokens, is_continuation),
                Compatibility::Inseq => Vec::new(),
            }
        };
        let source = words(self.aggregate_source, &attribution.source);
        let target = words(self.aggregate_target, &attribution.target);
        merge(
            attribution,
            &source,
            &target,
            self.aggregate_fn,
            compatibility,
        )
    }

    fn marks(&self, spelling: Spelling, compatibility: Compatibility) -> Result<Vec<&str>> {
        match (&self.special_chars, spelling, compatibility) {
            (Some(Marks(marks)), ..) if marks.iter().any(String::is_empty) || marks.is_empty() => {
                Err(Error::Option {
                    stage: "subwords",
                    reason: "special_chars is empty".to_owned(),
                })
            }
            (Some(Marks(marks)), ..) => Ok(marks.iter().map(String::as_str).collect()),
            (None, _, Compatibility::Inseq) | (None, Spelling::SentencePiece, _) => Ok(vec!["▁"]),
            (None, Spelling::ByteLevel, _) => Ok(vec!["Ġ", "Ċ"]),
            (None, Spelling::Plain, _) => Err(Error::Option {
                stage: "subwords",
                reason: "how this tokenizer marks words is not known; give special_chars"
                    .to_owned(),
            }),
        }
    }
}

/// Words of at least two pieces.
fn words(tokens: &[Token], is_continuation: impl Fn(&Token) -> bool) -> Vec<Range<usize>> {
    let mut words: Vec<Range<usize>> = Vec::new();
    let mut is_open = false;
    for (index, token) in tokens.iter().enumerate() {
        let is_special = token.is_special();
        match words.last_mut() {
            Some(word) if is_open && !is_special && is_continuation(token) => word.end = index + 1,
            _ => words.push(index..index + 1),
        }
        is_open = !is_special;
    }
    words.retain(|word| word.len() > 1);
    words
}

/// The same as Inseq finds them: what ends the text ends its word one piece early.
fn words_of_inseq(tokens: &[Token], is_continuation: impl Fn(&Token) -> bool) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let mut start = 0;
    for (index, token) in tokens.iter().enumerate() {
        let is_continuation = is_continuation(token);
        let is_end = !is_continuation || index + 1 == tokens.len();
        if is_end && index - start > 1 {
            words.push(start..index);
        }
        if !is_continuation {
            start = index;
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aggregate::tests::five_tokens;

    fn merged(
        texts: &[&str],
        spelling: Spelling,
        options: &SubwordAggregation,
        compatibility: Compatibility,
    ) -> Result<Vec<String>> {
        let tokens = texts.iter().enumerate();
        let attribution = Attribution {
            spelling,
            source: tokens
                .map(|(id, text)| Token::new(id as i64, *text))
                .collect(),
            source_attributions: None,
            ..five_tokens()
        };
        let merged = options.apply(&attribution, compatibility)?;
        Ok(merged.source.into_iter().map(|token| token.token).collect())
    }

    fn words_of(texts: &[&str], spelling: Spelling) -> Vec<String> {
        let options = SubwordAggregation::default();
        merged(texts, spelling, &options, Compatibility::Corrected).unwrap()
    }

    fn words_in_inseq(texts: &[&str]) -> Vec<String> {
        let options = SubwordAggregation::default();
        merged(
            texts,
            Spelling::SentencePiece,
            &options,
            Compatibility::Inseq,
        )
        .unwrap()
    }

    #[test]
    fn the_last_piece_belongs_to_its_word() {
        let spelling = Spelling::SentencePiece;
        assert_eq!(words_of(&["▁a", "b"], spelling), ["▁ab"]);
        assert_eq!(words_of(&["▁a", "b", "c"], spelling), ["▁abc"]);
        assert_eq!(words_in_inseq(&["▁a", "b"]), ["▁a", "b"]);
        assert_eq!(words_in_inseq(&["▁a", "b", "c"]), ["▁ab", "c"]);
    }

    #[test]
    fn special_tokens_stand_alone() {
        let spelling = Spelling::SentencePiece;
        let texts = [">>fra<<", "<unk>", "b", "▁world", ".", "</s>"];
        let expected = [">>fra<<", "<unk>", "b", "▁world.", "</s>"];
        assert_eq!(words_of(&texts, spelling), expected);
        assert_eq!(words_in_inseq(&texts), [">>fra<<<unk>b", "▁world.", "</s>"]);
    }

    #[test]
    fn each_tokenizer_has_its_marks() {
        let texts = ["Hel", "lo", "Ġwor", "ld", "Ċ", "Ġend"];
        assert_eq!(
            words_of(&texts, Spelling::ByteLevel),
            ["Hello", "Ġworld", "Ċ", "Ġend"]
        );
        let options = SubwordAggregation::default();
        let error = merged(&texts, Spelling::Plain, &options, Compatibility::Corrected);
        assert_eq!(
            error.unwrap_err().to_string(),
            "subwords: how this tokenizer marks words is not known; give special_chars"
        );
    }

    #[test]
    fn marks_may_be_given_and_may_mean_the_opposite() {
        let options: SubwordAggregation =
            serde_json::from_str(r###"{"special_chars": "##", "is_suffix_symbol": true}"###)
                .unwrap();
        let texts = ["phen", "##omen", "##al", "fact"];
        let words = merged(&texts, Spelling::Plain, &options, Compatibility::Corrected);
        assert_eq!(words.unwrap(), ["phen##omen##al", "fact"]);
    }

    #[test]
    fn nothing_is_merged_on_a_side_that_is_left_alone() {
        let options = SubwordAggregation {
            aggregate_source: false,
            ..SubwordAggregation::default()
        };
        let merged = options
            .apply(&five_tokens(), Compatibility::Corrected)
            .unwrap();
        assert_eq!((merged.source.len(), merged.target.len()), (3, 4));
    }
}
