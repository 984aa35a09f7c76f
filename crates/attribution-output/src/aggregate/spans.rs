use std::collections::BTreeMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::field_defaults::step_score_function;
use crate::{AggregateFunction, Attribution, Compatibility, Error, Result, Scores, Token};

/// Merges runs of tokens, given by their positions.
///
/// A merged token is written as the pieces one after the other, its id is −1. Columns
/// are merged first, then rows, by `aggregate_fn`: by default the value of largest
/// magnitude with its sign, and for step scores what fits each of them, such as the
/// product of probabilities. Nothing is normalized.
///
/// Inseq: `spans`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SpanAggregation {
    /// Instead of the default functions of all fields, step scores included.
    pub aggregate_fn: Option<AggregateFunction>,
    /// Runs of the source.
    pub source_spans: Spans,
    /// Runs of the whole output, prompt or start token included. One that begins
    /// before the first attributed token and ends after it becomes the first
    /// attributed token, with the scores of its attributed part.
    pub target_spans: Spans,
}

/// Runs of tokens: each from its first token to before its last, ascending, without
/// overlap. In JSON a single run may stand without a list around it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "OneOrMany", into = "Vec<[usize; 2]>")]
pub struct Spans(pub Vec<[usize; 2]>);

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    None(()),
    One([usize; 2]),
    Many(Vec<[usize; 2]>),
}

impl From<OneOrMany> for Spans {
    fn from(spans: OneOrMany) -> Self {
        Self(match spans {
            OneOrMany::None(()) => Vec::new(),
            OneOrMany::One(span) => vec![span],
            OneOrMany::Many(spans) => spans,
        })
    }
}

impl From<Spans> for Vec<[usize; 2]> {
    fn from(spans: Spans) -> Self {
        spans.0
    }
}

impl Spans {
    /// The runs, if they are in order and within `n_tokens`.
    pub(super) fn checked(
        &self,
        place: &'static str,
        n_tokens: usize,
    ) -> Result<Vec<Range<usize>>> {
        let mut before = 0;
        let mut checked = Vec::with_capacity(self.0.len());
        for &[start, end] in &self.0 {
            let reason = if start >= end {
                "is empty".to_owned()
            } else if end > n_tokens {
                format!("is outside of the sequence, which has {n_tokens} tokens")
            } else if start < before {
                format!("begins before {before}, where the one before it ends")
            } else {
                before = end;
                checked.push(start..end);
                continue;
            };
            return Err(Error::Span {
                place,
                start,
                end,
                reason,
            });
        }
        Ok(checked)
    }
}

impl SpanAggregation {
    /// Merges the tokens.
    pub(super) fn apply(
        &self,
        attribution: &Attribution,
        compatibility: Compatibility,
    ) -> Result<Attribution> {
        let n_source = attribution.source.len();
        let n_target = attribution.target.len();
        let source = self.source_spans.checked("source_spans", n_source)?;
        let target = self.target_spans.checked("target_spans", n_target)?;
        merge(
            attribution,
            &source,
            &target,
            self.aggregate_fn,
            compatibility,
        )
    }
}

/// Merges runs that are known to be in order and within the tokens.
pub(super) fn merge(
    attribution: &Attribution,
    source_spans: &[Range<usize>],
    target_spans: &[Range<usize>],
    function: Option<AggregateFunction>,
    compatibility: Compatibility,
) -> Result<Attribution> {
    let merging = Merging {
        source: runs(source_spans, attribution.source.len()),
        target: runs(target_spans, attribution.target.len()),
        start: attribution.attr_pos_start,
        end: attribution.attr_pos_end,
        compatibility,
    };
    let (rows, columns) = (merging.prefix(), merging.columns());
    let attributions = function.unwrap_or(AggregateFunction::AbsoluteMax);
    let merge_both = |scores: &Scores, rows: &[Range<usize>], columns: &[Range<usize>]| {
        let apply = |values: &[f32]| attributions.apply(values);
        scores.merge_at(1, columns, apply)?.merge_at(0, rows, apply)
    };
    let merge_part = |part: &Option<Scores>, rows: &[Range<usize>]| {
        part.as_ref()
            .map(|scores| merge_both(scores, rows, &columns))
            .transpose()
    };
    let sequence_scores = attribution.sequence_scores.iter().map(|(name, scores)| {
        let [rows, columns] = merging.of_sequence_score(name, scores)?;
        Ok((name.clone(), merge_both(scores, &rows, &columns)?))
    });
    let in_front = |run: &&Range<usize>| run.end <= merging.start;
    let attr_pos_start = merging.target.iter().filter(in_front).count();
    Ok(Attribution {
        source: merge_tokens(&attribution.source, &merging.source, source_spans),
        target: merge_tokens(&attribution.target, &merging.target, target_spans),
        source_attributions: merge_part(&attribution.source_attributions, &merging.source)?,
        target_attributions: merge_part(&attribution.target_attributions, &rows)?,
        sequence_scores: sequence_scores.collect::<Result<_>>()?,
        step_scores: merge_step_scores(attribution, &columns, function),
        attr_pos_start,
        attr_pos_end: attr_pos_start + columns.len(),
        ..attribution.clone_without_scores()
    })
}

/// How the tokens of both sides fall into runs; each token is in one.
struct Merging {
    source: Vec<Range<usize>>,
    target: Vec<Range<usize>>,
    start: usize,
    end: usize,
    compatibility: Compatibility,
}

impl Merging {
    /// Runs of the rows of the target matrix.
    fn prefix(&self) -> Vec<Range<usize>> {
        clipped(&self.target, 0, self.end)
    }

    /// Runs of the attributed tokens, counted from the first of them.
    fn columns(&self) -> Vec<Range<usize>> {
        clipped(&self.target, self.start, self.end)
    }

    /// Rows and columns of a matrix over the tokens of one side, or of both.
    fn of_sequence_score(&self, name: &str, scores: &Scores) -> Result<[Vec<Range<usize>>; 2]> {
        let sides = if name.starts_with("encoder") {
            [self.source.clone(), self.source.clone()]
        } else if name.starts_with("decoder") {
            // The decoder reads the output from its first token on; Inseq counts
            // from the first attributed one, which is another token.
            let first = match self.compatibility {
                Compatibility::Corrected => 0,
                Compatibility::Inseq => self.start,
            };
            let length = |axis: usize| scores.shape.get(axis).copied().unwrap_or(0);
            [0, 1].map(|axis| clipped(&self.target, first, first + length(axis)))
        } else {
            [self.source.clone(), self.columns()]
        };
        let expected = [0, 1].map(|side: usize| sides[side].last().map_or(0, |run| run.end));
        if scores.shape.get(..2) != Some(&expected) {
            return Err(Error::Mismatch {
                place: format!("sequence_scores.{name}"),
                expected: format!("{} rows and {} columns", expected[0], expected[1]),
                found: format!("shape {:?}", scores.shape),
            });
        }
        Ok(sides)
    }
}

/// The spans, and between them each token by itself.
fn runs(spans: &[Range<usize>], n_tokens: usize) -> Vec<Range<usize>> {
    let mut runs = Vec::with_capacity(n_tokens);
    let mut next = 0;
    for span in spans {
        runs.extend((next..span.start).map(|index| index..index + 1));
        runs.push(span.clone());
        next = span.end;
    }
    runs.extend((next..n_tokens).map(|index| index..index + 1));
    runs
}

/// What of the runs lies from `start` to before `end`, counted from `start`.
fn clipped(runs: &[Range<usize>], start: usize, end: usize) -> Vec<Range<usize>> {
    runs.iter()
        .map(|run| run.start.max(start)..run.end.min(end))
        .filter(|run| run.start < run.end)
        .map(|run| run.start - start..run.end - start)
        .collect()
}

fn merge_tokens(tokens: &[Token], runs: &[Range<usize>], spans: &[Range<usize>]) -> Vec<Token> {
    let merged = |run: &Range<usize>| match spans.contains(run) {
        true => {
            let pieces = tokens[run.clone()].iter();
            Token::new(
                -1,
                pieces.map(|token| token.token.as_str()).collect::<String>(),
            )
        }
        false => tokens[run.start].clone(),
    };
    runs.iter().map(merged).collect()
}

fn merge_step_scores(
    attribution: &Attribution,
    columns: &[Range<usize>],
    given: Option<AggregateFunction>,
) -> BTreeMap<String, Vec<f32>> {
    let merge = |(name, scores): (&String, &Vec<f32>)| {
        let function = given.unwrap_or_else(|| step_score_function(name));
        let values = columns
            .iter()
            .map(|run| function.apply(&scores[run.clone()]));
        (name.clone(), values.collect())
    };
    attribution.step_scores.iter().map(merge).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aggregate::tests::{columns, five_tokens};

    fn spans(source: &[[usize; 2]], target: &[[usize; 2]]) -> SpanAggregation {
        SpanAggregation {
            aggregate_fn: None,
            source_spans: Spans(source.to_vec()),
            target_spans: Spans(target.to_vec()),
        }
    }

    fn texts(tokens: &[Token]) -> Vec<&str> {
        tokens.iter().map(|token| token.token.as_str()).collect()
    }

    #[test]
    fn a_span_takes_the_place_of_its_tokens() {
        let merged = spans(&[[0, 2]], &[[1, 3]])
            .apply(&five_tokens(), Compatibility::Corrected)
            .unwrap();
        assert_eq!(texts(&merged.source), ["▁Ab", "</s>"]);
        assert_eq!(merged.source[0].id, -1);
        assert_eq!(texts(&merged.target), ["<pad>", "▁cd", "▁e", "</s>"]);
        assert_eq!((merged.attr_pos_start, merged.attr_pos_end), (1, 4));
        assert_eq!(merged.check().ok(), Some(()));
        // Columns first, then rows, each time the value of largest magnitude.
        let source = merged.source_attributions.unwrap();
        assert_eq!(columns(&source), [[6.0, -10.0], [7.0, -11.0], [8.0, -12.0]]);
        assert_eq!(merged.step_scores["probability"], [0.125, 0.125, 1.0]);
        assert_eq!(merged.step_scores["entropy"], [3.0, 3.0, 4.0]);
        assert_eq!(merged.step_scores["logit"], [-2.0, 3.0, -4.0]);
    }

    #[test]
    fn a_span_over_the_start_becomes_the_first_attributed_token() {
        let mut attribution = five_tokens();
        attribution.step_scores.clear();
        let merged = spans(&[], &[[0, 2]])
            .apply(&attribution, Compatibility::Corrected)
            .unwrap();
        assert_eq!(texts(&merged.target), ["<pad>▁c", "d", "▁e", "</s>"]);
        assert_eq!((merged.attr_pos_start, merged.attr_pos_end), (0, 4));
        assert_eq!(merged.check().ok(), Some(()));
        assert_eq!(merged.source_attributions.unwrap().shape, [3, 4]);
        assert_eq!(merged.target_attributions.unwrap().shape, [4, 4]);
    }

    #[test]
    fn spans_that_cannot_be_used_are_named() {
        let cases = [
            ([[1, 1]].as_slice(), "source_spans: span [1, 1] is empty"),
            (
                &[[2, 4]],
                "source_spans: span [2, 4] is outside of the sequence, which has 3 tokens",
            ),
            (
                &[[0, 2], [1, 3]],
                "source_spans: span [1, 3] begins before 2, where the one before it ends",
            ),
        ];
        for (source, expected) in cases {
            let error = spans(source, &[]).apply(&five_tokens(), Compatibility::Corrected);
            assert_eq!(error.unwrap_err().to_string(), expected);
        }
    }

    #[test]
    fn a_single_span_needs_no_list() {
        let read = |text| serde_json::from_str::<Spans>(text).unwrap().0;
        assert_eq!(read("[2, 5]"), [[2, 5]]);
        assert_eq!(read("[[2, 5], [6, 7]]"), [[2, 5], [6, 7]]);
        assert!(read("null").is_empty() && read("[]").is_empty());
        assert!(serde_json::from_str::<Spans>("[[1, -1]]").is_err());
    }

    #[test]
    fn decoder_matrices_are_merged_by_the_tokens_that_the_decoder_reads() {
        let mut attribution = five_tokens();
        let values = (0..16).map(|value| value as f32).collect();
        let matrix = Scores::matrix(4, 4, values).unwrap();
        let name = "decoder_self_attentions".to_owned();
        attribution.sequence_scores.insert(name.clone(), matrix);
        let shape_and_corner = |compatibility| {
            let merged = spans(&[], &[[0, 2]])
                .apply(&attribution, compatibility)
                .unwrap();
            let scores = &merged.sequence_scores[&name];
            (scores.shape.clone(), scores.values[0])
        };
        assert_eq!(
            shape_and_corner(Compatibility::Corrected),
            (vec![3, 3], 5.0)
        );
        // Inseq's spans are one token too far to the left there.
        assert_eq!(shape_and_corner(Compatibility::Inseq), (vec![4, 4], 0.0));
    }
}
