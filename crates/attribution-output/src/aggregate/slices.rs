use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::Spans;
use crate::{Attribution, Compatibility, Error, Result, Scores};

/// Keeps some rows: runs of the source, and of what comes before the first attributed
/// token. Attributed tokens are kept always, as columns and as rows, so that the
/// result is still about the same output.
///
/// Where nothing is said of a side, all of it is kept. Inseq: `slices`, which drops
/// the start token if only the source is sliced (so does [`Compatibility::Inseq`]),
/// fails if only the output of an encoder-decoder is, and loses attributed tokens
/// where a span begins among them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SliceAggregation {
    /// Runs of the source. For decoder-only models the output holds the prompt, so
    /// there they are an error.
    pub source_spans: Option<Spans>,
    /// Runs of the whole output, prompt or start token included.
    pub target_spans: Option<Spans>,
}

impl SliceAggregation {
    /// Keeps the rows.
    pub(super) fn apply(
        &self,
        attribution: &Attribution,
        compatibility: Compatibility,
    ) -> Result<Attribution> {
        let start = attribution.attr_pos_start;
        let is_decoder_only = attribution.is_decoder_only();
        if is_decoder_only && self.source_spans.is_some() {
            return Err(Error::Option {
                stage: "slices",
                reason: "a decoder-only model has no source; slice by target_spans".to_owned(),
            });
        }
        let prefix = match (&self.target_spans, compatibility) {
            (Some(spans), _) => spans.checked("target_spans", attribution.target.len())?,
            (None, Compatibility::Inseq) if !is_decoder_only => Vec::new(),
            (None, _) => std::iter::once(0..start).collect(),
        };
        let prefix = in_spans(&prefix).filter(|&index| index < start);
        let kept_target: Vec<usize> = prefix.chain(start..attribution.target.len()).collect();
        let n_given = kept_target.iter().filter(|&&index| index < start).count();
        let kept_source: Vec<usize> = match &self.source_spans {
            Some(spans) => {
                in_spans(&spans.checked("source_spans", attribution.source.len())?).collect()
            }
            // The prompt stays what the output begins with.
            None if is_decoder_only => {
                let prompt = kept_target.iter().copied();
                prompt
                    .filter(|&index| index < attribution.source.len())
                    .collect()
            }
            None => (0..attribution.source.len()).collect(),
        };
        let rows: Vec<usize> = kept_target
            .iter()
            .copied()
            .filter(|&index| index < attribution.attr_pos_end)
            .collect();
        let select = |part: &Option<Scores>, rows: &[usize]| {
            part.as_ref()
                .map(|scores| scores.select_indices_at(0, rows))
                .transpose()
        };
        let sequence_scores = attribution.sequence_scores.iter().map(|(name, scores)| {
            let sliced = slice_sequence_score(name, scores, &kept_source, &kept_target)?;
            Ok((name.clone(), sliced))
        });
        Ok(Attribution {
            source_attributions: select(&attribution.source_attributions, &kept_source)?,
            target_attributions: select(&attribution.target_attributions, &rows)?,
            sequence_scores: sequence_scores.collect::<Result<_>>()?,
            source: pick(&attribution.source, &kept_source),
            target: pick(&attribution.target, &kept_target),
            attr_pos_start: n_given,
            attr_pos_end: n_given + attribution.attr_pos_end - start,
            ..attribution.clone_without_scores()
        })
    }
}

/// Matrices over one side are sliced in rows and columns, others in rows.
fn slice_sequence_score(
    name: &str,
    scores: &Scores,
    source: &[usize],
    target: &[usize],
) -> Result<Scores> {
    if name.starts_with("encoder") {
        scores
            .select_indices_at(0, source)?
            .select_indices_at(1, source)
    } else if name.starts_with("decoder") {
        // The decoder does not read the last token, and Inseq's matrices may be shorter.
        let within = |axis: usize| -> Vec<usize> {
            let kept = target.iter().copied();
            kept.filter(|&index| index < scores.shape[axis]).collect()
        };
        scores
            .select_indices_at(0, &within(0))?
            .select_indices_at(1, &within(1))
    } else {
        scores.select_indices_at(0, source)
    }
}

fn in_spans(spans: &[Range<usize>]) -> impl Iterator<Item = usize> {
    spans.iter().flat_map(Clone::clone)
}

fn pick<T: Clone>(items: &[T], indices: &[usize]) -> Vec<T> {
    indices.iter().map(|&index| items[index].clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aggregate::tests::{columns, decoder_only, five_tokens};

    fn slices(source: &[[usize; 2]], target: &[[usize; 2]]) -> SliceAggregation {
        let given = |spans: &[[usize; 2]]| (!spans.is_empty()).then(|| Spans(spans.to_vec()));
        SliceAggregation {
            source_spans: given(source),
            target_spans: given(target),
        }
    }

    #[test]
    fn rows_of_the_source_are_kept() {
        let sliced = slices(&[[1, 3]], &[])
            .apply(&five_tokens(), Compatibility::Corrected)
            .unwrap();
        assert_eq!(sliced.source.len(), 2);
        assert_eq!((sliced.attr_pos_start, sliced.attr_pos_end), (1, 5));
        assert_eq!(sliced.check().ok(), Some(()));
        let scores = sliced.source_attributions.unwrap();
        assert_eq!(columns(&scores)[0], [5.0, -9.0]);
    }

    #[test]
    fn attributed_tokens_always_stay() {
        let sliced = slices(&[], &[[1, 3], [4, 5]])
            .apply(&decoder_only(), Compatibility::Corrected)
            .unwrap();
        let texts: Vec<&str> = sliced
            .target
            .iter()
            .map(|token| token.token.as_str())
            .collect();
        assert_eq!(texts, ["Ġb", "Ġc", "Ġd", "Ġe"]);
        assert_eq!((sliced.attr_pos_start, sliced.attr_pos_end), (2, 4));
        assert_eq!(sliced.source.len(), 2);
        assert_eq!(sliced.check().ok(), Some(()));
        assert!(sliced.is_decoder_only());
    }

    #[test]
    fn spans_of_a_side_that_is_not_there_are_an_error() {
        let error = slices(&[[0, 1]], &[])
            .apply(&decoder_only(), Compatibility::Corrected)
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "slices: a decoder-only model has no source; slice by target_spans"
        );
        let error = slices(&[], &[[4, 6]])
            .apply(&five_tokens(), Compatibility::Corrected)
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "target_spans: span [4, 6] is outside of the sequence, which has 5 tokens"
        );
    }
}
