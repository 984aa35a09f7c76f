//! Texts of the form as the model's tokens.

use std::collections::BTreeMap;

use protocol::{AlignRequest, AlignedTokens, TextToken};

use crate::{draft::Draft, words::t};

/// Tokens of more texts are not remembered.
const MOST_TEXTS: usize = 24;

/// A text, as a model is to read it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TextOfModel {
    /// The model's name.
    pub(crate) model: String,
    /// The text.
    pub(crate) text: String,
    /// Whether it is read as the output of an encoder-decoder model.
    pub(crate) as_target: bool,
}

impl TextOfModel {
    /// The texts of a form that are there, as its model reads them.
    pub(crate) fn of_draft(draft: &Draft) -> Vec<Self> {
        let model = draft.chosen_model();
        let texts = draft.texts();
        let all = [
            (texts.input, false),
            (texts.generated, model.is_encoder_decoder),
            (texts.context, false),
        ];
        let texts = all.into_iter().filter(|(text, _)| !text.is_empty());
        texts
            .map(|(text, as_target)| Self {
                model: model.name.clone(),
                text,
                as_target,
            })
            .collect()
    }
}

/// What the engine said of texts; what it never said is not there.
#[derive(Clone, Debug, Default)]
pub(crate) struct TokenizedTexts {
    known: BTreeMap<TextOfModel, Vec<TextToken>>,
}

impl TokenizedTexts {
    /// The tokens of a text, if they are known.
    pub(crate) fn get(&self, text: &TextOfModel) -> Option<&[TextToken]> {
        self.known.get(text).map(Vec::as_slice)
    }

    /// Takes the tokens of a text. Texts change with every word that is typed: all but
    /// the latest are forgotten.
    pub(crate) fn insert(&mut self, text: TextOfModel, tokens: Vec<TextToken>) {
        if self.known.len() >= MOST_TEXTS {
            self.known.clear();
        }
        self.known.insert(text, tokens);
    }
}

/// Two outputs that were asked about, and what the engine said.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Aligned {
    /// What was asked.
    pub(crate) asked: AlignRequest,
    /// What stands against what, or why that cannot be said.
    pub(crate) found: Result<AlignedTokens, String>,
}

/// What a special token stands for, in words; `None` for one that is not known.
pub(crate) fn special_in_words(token: &str) -> Option<&'static str> {
    Some(match token {
        "</s>" => t("end of the text"),
        "<s>" => t("beginning of the text"),
        "<pad>" => t("filler; a translation begins with it"),
        "<unk>" => t("something the model has no token for"),
        "<|endoftext|>" => t("beginning or end of a text"),
        // Models for several languages are told which to write.
        _ if token.starts_with(">>") && token.ends_with("<<") => t("language to translate into"),
        _ => return None,
    })
}

/// Whether a text's last token, special ones aside, is nothing but white space.
pub(crate) fn ends_in_space(tokens: &[TextToken]) -> bool {
    let last = tokens.iter().rev().find(|token| !token.is_special);
    last.is_some_and(|token| token.display.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(display: &str, is_special: bool) -> TextToken {
        TextToken {
            id: 0,
            token: display.to_owned(),
            display: display.to_owned(),
            is_special,
        }
    }

    #[test]
    fn a_space_at_the_end_is_noticed_before_special_tokens() {
        let tokens = [token("He", false), token(" ", false), token("</s>", true)];
        assert!(ends_in_space(&tokens));
        assert!(!ends_in_space(&tokens[..1]));
        assert!(!ends_in_space(&[]));
    }

    #[test]
    fn old_texts_are_forgotten() {
        let mut texts = TokenizedTexts::default();
        let text = |number: usize| TextOfModel {
            model: "demo-gpt2".to_owned(),
            text: number.to_string(),
            as_target: false,
        };
        for number in 0..=MOST_TEXTS {
            texts.insert(text(number), Vec::new());
        }
        assert!(texts.get(&text(MOST_TEXTS)).is_some());
        assert_eq!(texts.get(&text(0)), None);
    }
}
