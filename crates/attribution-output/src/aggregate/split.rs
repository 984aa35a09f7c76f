use std::ops::Range;

use fancy_regex::Regex;
use serde::{Deserialize, Serialize};

use super::spans::merge;
use crate::{AggregateFunction, Attribution, Compatibility, Error, Result, Token};

/// Merges what lies between the matches of a pattern, as
/// [`SpanAggregation`](super::SpanAggregation) merges spans.
///
/// The pattern is searched in the tokens' spelling, one after the other. A token that
/// a match touches belongs to it; a match of nothing is passed over. Where nothing
/// matches, nothing is merged.
///
/// Inseq: `split`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SplitAggregation {
    /// Instead of the default functions of all fields, step scores included.
    #[serde(default)]
    pub aggregate_fn: Option<AggregateFunction>,
    /// Split the source.
    #[serde(default = "yes")]
    pub aggregate_source: bool,
    /// Split the output.
    #[serde(default = "yes")]
    pub aggregate_target: bool,
    /// A regular expression.
    pub split_pattern: String,
    /// What becomes of the matches.
    #[serde(default)]
    pub split_mode: SplitMode,
}

/// What becomes of the tokens that match.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SplitMode {
    /// They are merged by themselves.
    #[default]
    Single,
    /// They begin the span that follows.
    Start,
    /// They end the span before.
    End,
}

fn yes() -> bool {
    true
}

impl SplitAggregation {
    /// Splits at a pattern, both sides, each match by itself.
    pub fn new(split_pattern: impl Into<String>) -> Self {
        Self {
            aggregate_fn: None,
            aggregate_source: true,
            aggregate_target: true,
            split_pattern: split_pattern.into(),
            split_mode: SplitMode::Single,
        }
    }

    /// Merges what lies between the matches.
    pub(super) fn apply(
        &self,
        attribution: &Attribution,
        compatibility: Compatibility,
    ) -> Result<Attribution> {
        let pattern = Regex::new(&self.split_pattern).map_err(|cause| self.error(cause))?;
        let spans = |is_wanted: bool, tokens: &[Token]| match is_wanted {
            true => self.spans(&pattern, tokens),
            false => Ok(Vec::new()),
        };
        let source = spans(self.aggregate_source, &attribution.source)?;
        let target = spans(self.aggregate_target, &attribution.target)?;
        merge(
            attribution,
            &source,
            &target,
            self.aggregate_fn,
            compatibility,
        )
    }

    fn spans(&self, pattern: &Regex, tokens: &[Token]) -> Result<Vec<Range<usize>>> {
        let matches = self.matches(pattern, tokens)?;
        if matches.is_empty() {
            return Ok(Vec::new());
        }
        let mut spans = Vec::new();
        let mut start = 0;
        for matched in &matches {
            match self.split_mode {
                SplitMode::Single => {
                    spans.extend([start..matched.start, matched.clone()]);
                    start = matched.end;
                }
                SplitMode::Start => {
                    spans.push(start..matched.start);
                    start = matched.start;
                }
                SplitMode::End => {
                    spans.push(start..matched.end);
                    start = matched.end;
                }
            }
        }
        spans.push(start..tokens.len());
        spans.retain(|span| !span.is_empty());
        Ok(spans)
    }

    /// Runs of tokens that the matches touch. A token that two matches touch belongs
    /// to the first of them.
    fn matches(&self, pattern: &Regex, tokens: &[Token]) -> Result<Vec<Range<usize>>> {
        let text: String = tokens.iter().map(|token| token.token.as_str()).collect();
        let mut ends = Vec::with_capacity(tokens.len());
        let mut end = 0;
        for token in tokens {
            end += token.token.len();
            ends.push(end);
        }
        // The token in which a character lies, by its first byte.
        let token_of = |byte: usize| ends.partition_point(|&end| end <= byte);
        let mut matches: Vec<Range<usize>> = Vec::new();
        for found in pattern.find_iter(&text) {
            let found = found.map_err(|cause| self.error(cause))?;
            if found.start() == found.end() {
                continue;
            }
            let start = token_of(found.start());
            let taken = matches.last().map_or(0, |before| before.end);
            let run = start.max(taken)..token_of(found.end() - 1) + 1;
            if !run.is_empty() {
                matches.push(run);
            }
        }
        Ok(matches)
    }

    fn error(&self, cause: fancy_regex::Error) -> Error {
        Error::Pattern {
            pattern: self.split_pattern.clone(),
            cause: Box::new(cause),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans(mode: SplitMode, pattern: &str, texts: &[&str]) -> Vec<[usize; 2]> {
        let split = SplitAggregation {
            split_mode: mode,
            ..SplitAggregation::new(pattern)
        };
        let tokens: Vec<Token> = texts.iter().map(|text| Token::new(0, *text)).collect();
        let pattern = Regex::new(pattern).unwrap();
        let spans = split.spans(&pattern, &tokens).unwrap();
        spans
            .into_iter()
            .map(|span| [span.start, span.end])
            .collect()
    }

    #[test]
    fn matches_stand_alone_begin_or_end_a_span() {
        let texts = ["a", "b", ".", "c", "d", ".", ".", "e"];
        let of = |mode| spans(mode, r"\.", &texts);
        assert_eq!(
            of(SplitMode::Single),
            [[0, 2], [2, 3], [3, 5], [5, 6], [6, 7], [7, 8]]
        );
        assert_eq!(of(SplitMode::Start), [[0, 2], [2, 5], [5, 6], [6, 8]]);
        assert_eq!(of(SplitMode::End), [[0, 3], [3, 6], [6, 7], [7, 8]]);
    }

    #[test]
    fn a_match_takes_all_tokens_that_it_touches() {
        assert_eq!(
            spans(SplitMode::Single, "é.?f", &["▁d", "cé", "ef", "g"]),
            [[0, 1], [1, 3], [3, 4]]
        );
    }

    #[test]
    fn a_token_belongs_to_one_match_only() {
        let texts = ["a", "..", "b"];
        assert_eq!(
            spans(SplitMode::Single, r"\.", &texts),
            [[0, 1], [1, 2], [2, 3]]
        );
    }

    #[test]
    fn where_nothing_matches_nothing_is_merged() {
        assert!(spans(SplitMode::Single, "x", &["a", "b"]).is_empty());
        assert!(spans(SplitMode::Single, "x*", &["a", "b"]).is_empty());
    }

    #[test]
    fn a_broken_pattern_is_named() {
        let error = SplitAggregation::new("(").apply(
            &crate::aggregate::tests::five_tokens(),
            Compatibility::Corrected,
        );
        let message = error.unwrap_err().to_string();
        assert!(
            message.starts_with("split_pattern \"(\" cannot be used"),
            "{message}"
        );
    }
}
