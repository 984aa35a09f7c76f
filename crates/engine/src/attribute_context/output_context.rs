use models::Side;
use protocol::{Event, Failure, FailureKind};

use super::Pecore;
use crate::Answer;

/// What ends a word, beside spaces.
const PUNCTUATION: &str = ".?!,;:)]}";

impl Pecore<'_> {
    /// Names of special tokens are checked before anything is computed.
    pub(super) fn check_special_tokens(&self) -> Answer<()> {
        let is_special = |token: &str| {
            let id = self.tokenizer().id(token);
            id.is_some_and(|id| self.tokenizer().is_special(id))
        };
        let mut kept = self.asked.special_tokens_to_keep.iter();
        match kept.find(|token| !is_special(token)) {
            None => Ok(()),
            Some(token) => Err(Failure {
                kind: FailureKind::Input,
                message: format!(
                    "special_tokens_to_keep has {token:?}, which is no special token of the model"
                ),
                hint: Some("name special tokens as the tokenizer spells them".to_owned()),
            }),
        }
    }

    /// The text of tokens that the model wrote, without special ones but those that are
    /// to be kept.
    pub(super) fn without_special(&self, ids: &[u32]) -> String {
        let tokenizer = self.tokenizer();
        let is_kept = |id: u32| {
            let token = tokenizer.token_of_side(id, Side::Target);
            let mut kept = self.asked.special_tokens_to_keep.iter();
            token.is_some_and(|token| kept.any(|kept| kept == token))
        };
        let ids = ids.iter().copied();
        let text: Vec<u32> = ids
            .filter(|id| !tokenizer.is_special(*id) || is_kept(*id))
            .collect();
        tokenizer.decode(&text, false)
    }

    /// If the output's context is to be detected: lets the model write, and takes what
    /// it wrote apart.
    pub(super) async fn detect_output_context(
        &mut self,
        emit: &mut dyn FnMut(Event),
    ) -> Answer<()> {
        if !self.plan.is_output_context_detected {
            return Ok(());
        }
        let asked = &self.asked;
        let context = asked.input_context_text.as_deref();
        let input = self.plan.input.filled(context, &asked.input_current_text);
        let written = self.written(&input, "", emit).await?;
        let before = self.plan.output.before_context();
        let rest = written.strip_prefix(before.trim_start());
        let rest = rest.ok_or_else(|| {
            undetected(format!(
                "output_template begins with {before:?}, the model wrote {written:?}"
            ))
        })?;
        let between = self.plan.output.between();
        let (context, current) = parts(rest, between).ok_or_else(|| {
            undetected(format!(
                "there is no telling where the context ends: {between:?} is not there exactly \
                 once, nor are there exactly two words, in {rest:?}"
            ))
        })?;
        let message = match &self.asked.output_current_text {
            Some(given) => format!(
                "output context found: {context:?}; after it {current:?}, in whose place \
                 {given:?} is looked at"
            ),
            None if current.is_empty() => {
                return Err(undetected(format!(
                    "the model wrote nothing after the context {context:?}"
                )));
            }
            None => {
                self.asked.output_current_text = Some(current.to_owned());
                format!("output context found: {context:?}; after it {current:?}")
            }
        };
        self.asked.output_context_text = Some(context.to_owned());
        emit(Event::Notice { message });
        Ok(())
    }
}

fn undetected(message: String) -> Failure {
    Failure {
        kind: FailureKind::Input,
        message,
        hint: Some(
            "give output_context_text (Inseq would align words with a second model here, or ask)"
                .to_owned(),
        ),
    }
}

/// Context and current text of an output: what stands before and after `between`, if it
/// is there once; or the first and second of exactly two words, with the punctuation
/// that ends them.
fn parts<'t>(output: &'t str, between: &str) -> Option<(&'t str, &'t str)> {
    // Of nothing there is something everywhere.
    if !between.is_empty()
        && let Some((context, current)) = output.split_once(between)
        && !context.is_empty()
        && !current.contains(between)
    {
        return Some((context, current.trim()));
    }
    let ends_word = |c: char| c.is_whitespace() || PUNCTUATION.contains(c);
    let words: Vec<&str> = output
        .split(ends_word)
        .filter(|it| !it.is_empty())
        .collect();
    let &[first, second] = words.as_slice() else {
        return None;
    };
    let after_first = output.find(first)? + first.len();
    let at = after_first + output[after_first..].find(second)?;
    let (context, current) = output.split_at_checked(at)?;
    Some((context.trim(), current.trim()))
}

#[cfg(test)]
mod tests {
    use super::parts;

    #[test]
    fn a_separator_parts_where_it_is_there_once() {
        assert_eq!(
            parts("Elles sont parties.<brk> Où sont-elles?", "<brk> "),
            Some(("Elles sont parties.", "Où sont-elles?"))
        );
        assert_eq!(parts("Oui. Non.", " "), Some(("Oui.", "Non.")));
        // A separator that is there twice tells nothing.
        assert_eq!(parts("Elles sont parties.", " "), None);
        assert_eq!(parts(" | b c d", " | "), None);
    }

    #[test]
    fn two_words_are_a_context_and_a_text() {
        assert_eq!(parts("(Oui!) non", "<brk>"), Some(("(Oui!)", "non")));
        assert_eq!(parts("oui,oui", ""), Some(("oui,", "oui")));
        for output in ["", "oui", "oui oui non", ".?!"] {
            assert_eq!(parts(output, "<brk>"), None, "{output}");
        }
    }
}
