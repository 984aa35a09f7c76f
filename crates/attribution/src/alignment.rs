use std::collections::BTreeSet;
use std::ops::Range;

use attribution_output::Compatibility;

use crate::{Error, OptionValue, Result};

/// Which token of a contrast text stands against each target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Alignment {
    /// The same place counted from the end.
    FromTheEnd,
    /// Equal tokens first; see [`Alignment::positions`].
    Auto,
    /// Positions of the output and of the contrast text, from 0 with prompt or decoder
    /// start; the rest from the end.
    Pairs(Vec<(usize, usize)>),
}

/// The word that asks for [`Alignment::Auto`].
const AUTO: &str = "auto";

impl Alignment {
    /// Reads `"auto"`, a list of pairs, or, as Inseq has it for many sentences, a list
    /// with one list of pairs. `None` if it is none of these.
    pub(crate) fn read(given: &OptionValue) -> Option<Self> {
        let values = match given {
            OptionValue::Text(word) if word == AUTO => return Some(Self::Auto),
            OptionValue::List(values) => values,
            _ => return None,
        };
        let pair = |value: &OptionValue| match value {
            OptionValue::List(pair) => match pair[..] {
                [OptionValue::Integer(left), OptionValue::Integer(right)] => {
                    Some((usize::try_from(left).ok()?, usize::try_from(right).ok()?))
                }
                _ => None,
            },
            _ => None,
        };
        let of_one_sentence = match &values[..] {
            [OptionValue::List(inner)]
                if inner
                    .iter()
                    .all(|value| matches!(value, OptionValue::List(_))) =>
            {
                inner
            }
            _ => values,
        };
        let pairs: Option<Vec<_>> = of_one_sentence.iter().map(pair).collect();
        pairs.map(Self::Pairs)
    }

    /// For each position of `range` in `output`, the position of its counterpart in
    /// `contrast`.
    ///
    /// Of several pairs for one position the first counts whose counterpart is not
    /// taken yet. Positions without a pair are matched from the end: the last with the
    /// last, and those for which the contrast text is too short with its last token.
    /// `Auto` pairs the tokens of a longest common subsequence, and spreads what lies
    /// between two such pairs evenly over what lies between them in the contrast text.
    ///
    /// Inseq counts from the end of the attributed range instead of the output's, and
    /// passes over pairs that lie outside of the texts.
    ///
    /// # Errors
    /// If a pair lies outside of the texts.
    pub(crate) fn positions(
        &self,
        output: &[u32],
        contrast: &[u32],
        range: &Range<usize>,
        compatibility: Compatibility,
    ) -> Result<Vec<usize>> {
        let pairs = match self {
            Self::Auto => return Ok(matched(output, contrast)[range.clone()].to_vec()),
            Self::FromTheEnd => BTreeSet::new(),
            Self::Pairs(pairs) => pairs.iter().copied().collect::<BTreeSet<_>>(),
        };
        let is_outside =
            |pair: &&(usize, usize)| pair.0 >= output.len() || pair.1 >= contrast.len();
        let end = match compatibility {
            Compatibility::Inseq => range.end,
            Compatibility::Corrected => {
                if let Some(pair) = pairs.iter().find(is_outside) {
                    return Err(Error::AlignmentOutside {
                        pair: [pair.0, pair.1],
                        n_output: output.len(),
                        n_contrast: contrast.len(),
                    });
                }
                output.len()
            }
        };
        let mut taken = BTreeSet::new();
        let paired: Vec<Option<usize>> = range
            .clone()
            .map(|position| {
                let own: Vec<usize> = pairs
                    .iter()
                    .filter(|pair| pair.0 == position && pair.1 < contrast.len())
                    .map(|pair| pair.1)
                    .collect();
                let free = own.iter().find(|to| !taken.contains(*to));
                let chosen = free.or(own.first()).copied();
                taken.extend(chosen);
                chosen
            })
            .collect();
        let from_the_end = |position: usize| {
            let place = contrast.len().saturating_sub(end - position);
            if place > 0 { place } else { contrast.len() - 1 }
        };
        Ok(paired
            .into_iter()
            .zip(range.clone())
            .map(|(chosen, position)| chosen.unwrap_or_else(|| from_the_end(position)))
            .collect())
    }
}

/// A counterpart for every position of `output`; 0 only for the first, if there is
/// another.
fn matched(output: &[u32], contrast: &[u32]) -> Vec<usize> {
    let mut counterparts = Vec::with_capacity(output.len());
    let mut before = (0, 0);
    let mut anchors = common_subsequence(output, contrast);
    anchors.push((output.len(), contrast.len()));
    for anchor in anchors {
        let (n_output, n_contrast) = (anchor.0 - before.0, anchor.1 - before.1);
        for place in 0..n_output {
            counterparts.push(before.1 + place * n_contrast / n_output);
        }
        if anchor.0 < output.len() {
            counterparts.push(anchor.1);
        }
        before = (anchor.0 + 1, anchor.1 + 1);
    }
    let last = contrast.len() - 1;
    for (position, counterpart) in counterparts.iter_mut().enumerate() {
        *counterpart = (*counterpart).clamp(position.min(1).min(last), last);
    }
    counterparts
}

/// Positions of a longest common subsequence, ascending; as late as possible.
fn common_subsequence(left: &[u32], right: &[u32]) -> Vec<(usize, usize)> {
    let width = right.len() + 1;
    // Length of the longest common subsequence of the first tokens of each.
    let mut longest = vec![0_u32; (left.len() + 1) * width];
    for (row, own) in left.iter().enumerate() {
        for (column, other) in right.iter().enumerate() {
            longest[(row + 1) * width + column + 1] = if own == other {
                longest[row * width + column] + 1
            } else {
                longest[row * width + column + 1].max(longest[(row + 1) * width + column])
            };
        }
    }
    let (mut row, mut column) = (left.len(), right.len());
    let mut pairs = Vec::new();
    while row > 0 && column > 0 {
        if left[row - 1] == right[column - 1] {
            (row, column) = (row - 1, column - 1);
            pairs.push((row, column));
        } else if longest[(row - 1) * width + column] > longest[row * width + column - 1] {
            row -= 1;
        } else {
            column -= 1;
        }
    }
    pairs.reverse();
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn positions(alignment: &Alignment, n_output: u32, n_contrast: u32) -> Vec<usize> {
        let output: Vec<u32> = (0..n_output).collect();
        let contrast: Vec<u32> = (100..100 + n_contrast).collect();
        let range = 2..output.len();
        alignment
            .positions(&output, &contrast, &range, Compatibility::Corrected)
            .unwrap()
    }

    #[test]
    fn texts_are_matched_from_the_end() {
        assert_eq!(positions(&Alignment::FromTheEnd, 6, 6), [2, 3, 4, 5]);
        assert_eq!(positions(&Alignment::FromTheEnd, 6, 8), [4, 5, 6, 7]);
        // The contrast text has no place for the first: its last token.
        assert_eq!(positions(&Alignment::FromTheEnd, 6, 4), [3, 1, 2, 3]);
    }

    #[test]
    fn pairs_come_first_and_the_rest_is_filled_from_the_end() {
        let pairs = |pairs: &[(usize, usize)]| Alignment::Pairs(pairs.to_vec());
        assert_eq!(positions(&pairs(&[(3, 5), (2, 0)]), 6, 6), [0, 5, 4, 5]);
        // Two for one position: the first that is free.
        assert_eq!(
            positions(&pairs(&[(2, 1), (3, 1), (3, 4)]), 6, 6),
            [1, 4, 4, 5]
        );
        // Many to one.
        assert_eq!(positions(&pairs(&[(2, 1), (3, 1)]), 6, 6), [1, 1, 4, 5]);
        // Positions that are not attributed may be named.
        assert_eq!(positions(&pairs(&[(0, 0), (1, 3)]), 6, 6), [2, 3, 4, 5]);
    }

    #[test]
    fn a_pair_outside_of_the_texts_is_an_error_that_inseq_does_not_make() {
        let alignment = Alignment::Pairs(vec![(2, 6)]);
        let texts = [0, 1, 2, 3, 4, 5];
        let asked = |compatibility| alignment.positions(&texts, &texts, &(2..6), compatibility);
        assert_eq!(
            asked(Compatibility::Corrected).unwrap_err().to_string(),
            "contrast_targets_alignments: pair [2, 6] is outside of the texts, which have 6 and \
             6 tokens"
        );
        assert_eq!(asked(Compatibility::Inseq).unwrap(), [2, 3, 4, 5]);
    }

    #[test]
    fn inseq_counts_from_the_end_of_what_is_attributed() {
        let texts = [0, 1, 2, 3, 4, 5];
        let asked =
            |compatibility| Alignment::FromTheEnd.positions(&texts, &texts, &(2..4), compatibility);
        assert_eq!(asked(Compatibility::Corrected).unwrap(), [2, 3]);
        assert_eq!(asked(Compatibility::Inseq).unwrap(), [4, 5]);
    }

    #[test]
    fn equal_tokens_are_found_and_what_lies_between_is_spread() {
        let auto = |output: &[u32], contrast: &[u32]| matched(output, contrast);
        assert_eq!(auto(&[7, 1, 2, 3], &[7, 1, 2, 3]), [0, 1, 2, 3]);
        // One token replaced by two.
        assert_eq!(auto(&[7, 1, 2, 3], &[7, 8, 9, 2, 3]), [0, 1, 3, 4]);
        // Two by one, and two by none.
        assert_eq!(auto(&[7, 8, 9, 2, 3], &[7, 1, 2, 3]), [0, 1, 1, 2, 3]);
        assert_eq!(auto(&[7, 8, 9, 2, 3], &[7, 2, 3]), [0, 1, 1, 1, 2]);
        // Nothing in common: spread over the whole, but never before the first.
        assert_eq!(auto(&[1, 2, 3, 4], &[5, 6]), [0, 1, 1, 1]);
        assert_eq!(auto(&[1, 2, 3], &[9]), [0, 0, 0]);
    }

    #[test]
    fn both_of_inseqs_forms_are_read_and_others_refused() {
        let list = OptionValue::List;
        let pair = |left, right| {
            list(vec![
                OptionValue::Integer(left),
                OptionValue::Integer(right),
            ])
        };
        let one = Some(Alignment::Pairs(vec![(1, 2)]));
        assert_eq!(Alignment::read(&list(vec![pair(1, 2)])), one);
        assert_eq!(Alignment::read(&list(vec![list(vec![pair(1, 2)])])), one);
        let auto = OptionValue::Text("auto".to_owned());
        assert_eq!(Alignment::read(&auto), Some(Alignment::Auto));
        let none = Some(Alignment::Pairs(Vec::new()));
        assert_eq!(Alignment::read(&list(Vec::new())), none);
        for refused in [
            OptionValue::Text("labse".to_owned()),
            list(vec![OptionValue::Integer(1), OptionValue::Integer(2)]),
            list(vec![pair(-1, 2)]),
            list(vec![list(vec![pair(1, 2)]), list(vec![pair(1, 2)])]),
        ] {
            assert_eq!(Alignment::read(&refused), None, "{refused}");
        }
    }
}
