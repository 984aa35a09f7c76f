use super::character_map::CharacterMap;
use super::{Pieces, SPACE_SYMBOL};

/// What happens to a text before it is split.
pub(super) struct Normalization {
    pub(super) characters: CharacterMap,
    /// Put a space before the text, so that its first word is like any other.
    pub(super) adds_dummy_prefix: bool,
    /// Remove spaces at both ends, and all but one in between.
    pub(super) removes_extra_spaces: bool,
    /// Write a space as [`SPACE_SYMBOL`].
    pub(super) escapes_spaces: bool,
    /// Put the dummy space after the text, not before.
    pub(super) puts_dummy_last: bool,
}

impl Normalization {
    /// Rewrites characters and spaces, in SentencePiece's order of things.
    pub(super) fn normalize(&self, text: &str, pieces: &Pieces) -> String {
        let mut rest = text;
        if self.removes_extra_spaces {
            while let Some((length, " ")) = self.next(rest, pieces) {
                rest = &rest[length..];
            }
        }
        if rest.is_empty() {
            return String::new();
        }
        let space = if self.escapes_spaces {
            SPACE_SYMBOL
        } else {
            ' '
        };
        let mut normalized = String::with_capacity(text.len() + text.len() / 2);
        if self.adds_dummy_prefix && !self.puts_dummy_last {
            normalized.push(space);
        }
        let mut is_after_space = self.removes_extra_spaces;
        while let Some((length, mut replacement)) = self.next(rest, pieces) {
            if is_after_space {
                replacement = replacement.trim_start_matches(' ');
            }
            if !replacement.is_empty() {
                normalized.extend(replacement.chars().map(|character| match character {
                    ' ' => space,
                    other => other,
                }));
                is_after_space = self.removes_extra_spaces && replacement.ends_with(' ');
            }
            rest = &rest[length..];
        }
        if self.removes_extra_spaces {
            normalized.truncate(normalized.trim_end_matches(space).len());
        }
        if self.adds_dummy_prefix && self.puts_dummy_last {
            normalized.push(space);
        }
        normalized
    }

    /// The next part of a text, by its length in bytes, and what it becomes; `None` at
    /// the end.
    fn next<'all>(&'all self, text: &'all str, pieces: &Pieces) -> Option<(usize, &'all str)> {
        let first = text.chars().next()?;
        if let Some(length) = pieces.user_defined_beginning(text) {
            return Some((length, &text[..length]));
        }
        let rewritten = self.characters.longest_beginning(text);
        Some(rewritten.unwrap_or_else(|| (first.len_utf8(), &text[..first.len_utf8()])))
    }
}
