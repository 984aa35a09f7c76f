use std::ops::Range;

use super::{SHAPES, STRIDES};
use crate::options::CheckedOptions;
use crate::{Error, OptionValue, Result};

/// A window that moves over a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Windows {
    n_tokens: usize,
    stride: usize,
}

/// The windows of all attributed texts, as they were asked for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct WindowsOfSides {
    shapes: Lengths,
    strides: Lengths,
}

/// Tokens, with an optional width of the embeddings: the same for all texts, or one
/// for each.
#[derive(Clone, Debug, PartialEq)]
enum Lengths {
    Same((usize, Option<usize>)),
    Each(Vec<(usize, Option<usize>)>),
}

impl WindowsOfSides {
    /// The form of both options, in words.
    pub(super) const FORM: &'static str = "a number of tokens from 1, a list of it and the width \
                                           of the embeddings, or a list of such lists";

    pub(super) fn from_options(options: &CheckedOptions<'_>) -> Result<Self> {
        let lengths = |id| match options.structure(id) {
            Some(value) => Lengths::from_option(value).ok_or_else(|| options.bad_value(id)),
            None => Ok(Lengths::Same((1, None))),
        };
        let windows = Self {
            shapes: lengths(SHAPES)?,
            strides: lengths(STRIDES)?,
        };
        Ok(windows)
    }

    /// How many tokens the windows move on at least.
    pub(super) fn least_stride(&self) -> usize {
        match &self.strides {
            Lengths::Same((stride, _)) => *stride,
            Lengths::Each(strides) => strides.iter().map(|(stride, _)| *stride).min().unwrap_or(1),
        }
    }

    /// The windows of each of `n_sides` attributed texts.
    pub(super) fn of_sides(&self, n_sides: usize, hidden_size: usize) -> Result<Vec<Windows>> {
        let shapes = self.shapes.of_sides(SHAPES, n_sides)?;
        let strides = self.strides.of_sides(STRIDES, n_sides)?;
        let mut windows = Vec::with_capacity(n_sides);
        for ((n_tokens, width), (stride, _)) in shapes.into_iter().zip(strides) {
            if width.is_some_and(|width| width != hidden_size) {
                return Err(bad(
                    SHAPES,
                    format!("as wide as the embeddings, {hidden_size}"),
                    format!("a window of {n_tokens} by {}", width.unwrap_or_default()),
                ));
            }
            if stride > n_tokens {
                return Err(bad(
                    STRIDES,
                    format!("at most the window's length, {n_tokens}, so that no token is missed"),
                    stride.to_string(),
                ));
            }
            windows.push(Windows { n_tokens, stride });
        }
        Ok(windows)
    }
}

impl Windows {
    /// Refuses a window longer than the shortest text it moves over.
    pub(super) fn check_length(&self, n_shortest: usize) -> Result<()> {
        if self.n_tokens <= n_shortest {
            return Ok(());
        }
        Err(bad(
            SHAPES,
            format!("at most {n_shortest} tokens, which are read before the first target"),
            self.n_tokens.to_string(),
        ))
    }

    /// How many windows lie on a text of some length. The last may end after it.
    pub(super) fn count(&self, n_tokens: usize) -> usize {
        n_tokens.saturating_sub(self.n_tokens).div_ceil(self.stride) + 1
    }

    /// The tokens of each window.
    pub(super) fn over(&self, n_tokens: usize) -> impl Iterator<Item = Range<usize>> {
        let start = |number: usize| number * self.stride;
        let end = move |number: usize| (start(number) + self.n_tokens).min(n_tokens);
        (0..self.count(n_tokens)).map(move |number| start(number)..end(number))
    }

    /// The mean of what those windows over a token changed that lie on the first
    /// `n_read` tokens; 0 if none does.
    pub(super) fn mean_over(&self, token: usize, n_read: usize, changes: &[f32]) -> f32 {
        let n_windows = self.count(n_read).min(changes.len());
        let first = (token + 1)
            .saturating_sub(self.n_tokens)
            .div_ceil(self.stride);
        let end = (token / self.stride + 1).min(n_windows);
        let over = changes.get(first..end).unwrap_or_default();
        if over.is_empty() {
            return 0.0;
        }
        over.iter().sum::<f32>() / over.len() as f32
    }
}

impl Lengths {
    fn from_option(value: &OptionValue) -> Option<Self> {
        let OptionValue::List(values) = value else {
            return length(value).map(|length| Self::Same((length, None)));
        };
        if values.iter().all(|value| length(value).is_some()) {
            return pair(values).map(Self::Same);
        }
        let each = values.iter().map(|value| match value {
            OptionValue::List(values) => pair(values),
            _ => None,
        });
        each.collect::<Option<_>>().map(Self::Each)
    }

    fn of_sides(
        &self,
        option: &'static str,
        n_sides: usize,
    ) -> Result<Vec<(usize, Option<usize>)>> {
        match self {
            Self::Same(lengths) => Ok(vec![*lengths; n_sides]),
            Self::Each(lengths) if lengths.len() == n_sides => Ok(lengths.clone()),
            Self::Each(lengths) => Err(bad(
                option,
                format!("one, or one for each of the {n_sides} attributed texts"),
                format!("{} of them", lengths.len()),
            )),
        }
    }
}

fn length(value: &OptionValue) -> Option<usize> {
    match value {
        OptionValue::Integer(length) => usize::try_from(*length).ok().filter(|length| *length > 0),
        _ => None,
    }
}

fn pair(values: &[OptionValue]) -> Option<(usize, Option<usize>)> {
    match values {
        [n_tokens] => Some((length(n_tokens)?, None)),
        [n_tokens, width] => Some((length(n_tokens)?, Some(length(width)?))),
        _ => None,
    }
}

fn bad(option: &'static str, expected: String, found: String) -> Error {
    Error::OptionValue {
        owner: "occlusion".to_owned(),
        option,
        expected,
        found,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(value: i64) -> OptionValue {
        OptionValue::Integer(value)
    }

    #[test]
    fn windows_cover_the_text_and_the_last_is_cut() {
        let windows = Windows {
            n_tokens: 3,
            stride: 2,
        };
        let over: Vec<_> = windows.over(6).collect();
        assert_eq!(over, [0..3, 2..5, 4..6]);
        assert_eq!(windows.count(3), 1);
    }

    #[test]
    fn a_token_has_the_mean_of_the_windows_over_it() {
        let windows = Windows {
            n_tokens: 2,
            stride: 1,
        };
        let changes = [1.0, 3.0, 8.0];
        let means = |n_read| [0, 1, 2, 3].map(|token| windows.mean_over(token, n_read, &changes));
        assert_eq!(means(4), [1.0, 2.0, 5.5, 8.0]);
        // For an earlier target, windows beyond its text do not count.
        assert_eq!(means(3)[..3], [1.0, 2.0, 3.0]);
    }

    #[test]
    fn every_form_is_read() {
        let list = |values: &[i64]| OptionValue::List(values.iter().copied().map(number).collect());
        let read = |value: &OptionValue| Lengths::from_option(value);
        assert_eq!(read(&number(2)), Some(Lengths::Same((2, None))));
        assert_eq!(read(&list(&[2, 48])), Some(Lengths::Same((2, Some(48)))));
        let each = OptionValue::List(vec![list(&[1, 48]), list(&[2])]);
        assert_eq!(
            read(&each),
            Some(Lengths::Each(vec![(1, Some(48)), (2, None)]))
        );
        assert_eq!(read(&number(0)), None);
        assert_eq!(read(&list(&[1, 2, 3])), None);
        assert_eq!(read(&OptionValue::Text("2".to_owned())), None);
    }

    #[test]
    fn misfits_are_named() {
        let windows = |shape: (usize, Option<usize>), stride| WindowsOfSides {
            shapes: Lengths::Same(shape),
            strides: Lengths::Same((stride, None)),
        };
        let message = |windows: WindowsOfSides| windows.of_sides(1, 48).unwrap_err().to_string();
        assert!(message(windows((2, Some(47)), 1)).contains("as wide as the embeddings, 48"));
        assert!(message(windows((2, None), 3)).contains("at most the window's length, 2"));
        let each = WindowsOfSides {
            shapes: Lengths::Each(vec![(1, None), (1, None)]),
            strides: Lengths::Same((1, None)),
        };
        assert!(message(each).contains("one for each of the 1 attributed texts"));
        let long = Windows {
            n_tokens: 9,
            stride: 1,
        };
        assert!(
            long.check_length(8)
                .unwrap_err()
                .to_string()
                .contains("at most 8 tokens")
        );
    }
}
