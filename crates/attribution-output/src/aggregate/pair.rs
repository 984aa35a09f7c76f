use std::collections::BTreeMap;

use crate::token::CHANGE;
use crate::{Attribution, Error, Kind, Result, Scores, Token};

/// What changes from one attribution to another: `second - first`, in every matrix and
/// every step score.
///
/// Tokens that differ are labeled `first → second`, with id −1. It is an error if the
/// two do not have the same numbers of tokens, shapes and names of scores. What is
/// paired as matrices is [`Kind::Coarse`], because a difference is not normalized;
/// pair after aggregating.
///
/// Inseq: `pair`, also written `first - second`.
pub fn pair(first: &Attribution, second: &Attribution) -> Result<Attribution> {
    first.check()?;
    second.check()?;
    same(
        "numbers of source tokens",
        first.source.len(),
        second.source.len(),
    )?;
    same(
        "numbers of target tokens",
        first.target.len(),
        second.target.len(),
    )?;
    same(
        "first attributed positions",
        first.attr_pos_start,
        second.attr_pos_start,
    )?;
    same(
        "last attributed positions",
        first.attr_pos_end,
        second.attr_pos_end,
    )?;
    let parts = [
        (
            "source_attributions",
            &first.source_attributions,
            &second.source_attributions,
        ),
        (
            "target_attributions",
            &first.target_attributions,
            &second.target_attributions,
        ),
    ];
    let [source_attributions, target_attributions] =
        parts.map(|(place, first, second)| match (first, second) {
            (Some(first), Some(second)) => difference(place, first, second).map(Some),
            (None, None) => Ok(None),
            _ => Err(different(place, presence(first), presence(second))),
        });
    let source_attributions = source_attributions?;
    let target_attributions = target_attributions?;
    let is_matrix = [&source_attributions, &target_attributions]
        .into_iter()
        .flatten()
        .any(|scores| scores.n_axes() == 2);
    Ok(Attribution {
        kind: if is_matrix { Kind::Coarse } else { first.kind },
        source: pair_tokens(&first.source, &second.source),
        target: pair_tokens(&first.target, &second.target),
        source_attributions,
        target_attributions,
        step_scores: pair_by_name(
            "step_scores",
            &first.step_scores,
            &second.step_scores,
            |place, first, second| {
                same(place, first.len(), second.len())?;
                Ok(subtract(first, second))
            },
        )?,
        sequence_scores: pair_by_name(
            "sequence_scores",
            &first.sequence_scores,
            &second.sequence_scores,
            difference,
        )?,
        ..first.clone_without_scores()
    })
}

fn difference(place: &str, first: &Scores, second: &Scores) -> Result<Scores> {
    if first.shape != second.shape || first.axes != second.axes {
        let words = |scores: &Scores| format!("shape {:?}", scores.shape);
        return Err(different(place, words(first), words(second)));
    }
    let values = subtract(&first.values, &second.values);
    Scores::new(first.axes.clone(), first.shape.clone(), values)
}

fn subtract(first: &[f32], second: &[f32]) -> Vec<f32> {
    let pairs = first.iter().zip(second);
    pairs.map(|(first, second)| second - first).collect()
}

fn pair_by_name<T>(
    field: &str,
    first: &BTreeMap<String, T>,
    second: &BTreeMap<String, T>,
    pair: impl Fn(&str, &T, &T) -> Result<T>,
) -> Result<BTreeMap<String, T>> {
    let names = |scores: &BTreeMap<String, T>| {
        let names: Vec<&str> = scores.keys().map(String::as_str).collect();
        match names[..] {
            [] => "none".to_owned(),
            _ => names.join(", "),
        }
    };
    if !first.keys().eq(second.keys()) {
        return Err(different(
            &format!("names of {field}"),
            names(first),
            names(second),
        ));
    }
    let values = first.values().zip(second.values());
    first
        .keys()
        .zip(values)
        .map(|(name, (first, second))| {
            Ok((
                name.clone(),
                pair(&format!("{field}.{name}"), first, second)?,
            ))
        })
        .collect()
}

fn pair_tokens(first: &[Token], second: &[Token]) -> Vec<Token> {
    let label = |(first, second): (&Token, &Token)| {
        if first.token == second.token {
            first.clone()
        } else {
            Token::new(-1, format!("{}{CHANGE}{}", first.token, second.token))
        }
    };
    first.iter().zip(second).map(label).collect()
}

fn same(place: &str, first: usize, second: usize) -> Result<()> {
    if first == second {
        return Ok(());
    }
    Err(different(place, first.to_string(), second.to_string()))
}

fn presence(scores: &Option<Scores>) -> String {
    match scores {
        Some(scores) => format!("shape {:?}", scores.shape),
        None => "none".to_owned(),
    }
}

fn different(place: &str, first: String, second: String) -> Error {
    Error::DifferentPair {
        place: place.to_owned(),
        first,
        second,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribution::tests::small_attribution;

    #[test]
    fn the_second_is_compared_with_the_first() {
        let first = small_attribution(&[0.25, 0.5], &[0.25, f32::NAN]);
        let mut second = small_attribution(&[0.75, 0.25], &[0.0, f32::NAN]);
        second.target[1] = Token::new(9, "▁Mal");
        second
            .step_scores
            .insert("probability".to_owned(), vec![0.75]);
        let pair = pair(&first, &second).unwrap();
        assert_eq!(pair.kind, Kind::Coarse);
        assert_eq!(
            pair.target,
            [Token::new(0, "<pad>"), Token::new(-1, "▁Bon → ▁Mal")]
        );
        assert_eq!(pair.source_attributions.unwrap().values, [0.5, -0.25]);
        assert_eq!(pair.step_scores["probability"], [0.25]);
        assert!(pair.target_attributions.unwrap().values[1].is_nan());
    }

    #[test]
    fn nothing_changes_from_itself() {
        let attribution = small_attribution(&[0.25, 0.5], &[0.25, f32::NAN]);
        let pair = pair(&attribution, &attribution).unwrap();
        assert_eq!(pair.source, attribution.source);
        assert_eq!(pair.largest_magnitude(), 0.0);
        assert_eq!(pair.step_scores["probability"], [0.0]);
    }

    #[test]
    fn what_cannot_be_compared_is_named() {
        let first = small_attribution(&[0.25, 0.5], &[0.25, f32::NAN]);
        let error_with = |change: fn(&mut Attribution)| {
            let mut second = first.clone();
            change(&mut second);
            pair(&first, &second).unwrap_err().to_string()
        };
        assert_eq!(
            error_with(|second| {
                second.source.pop();
                second.source_attributions = None;
            }),
            "pair: numbers of source tokens differ: 2 and 1"
        );
        assert_eq!(
            error_with(|second| second.target_attributions = None),
            "pair: target_attributions differ: shape [2, 1] and none"
        );
        assert_eq!(
            error_with(|second| second.step_scores.clear()),
            "pair: names of step_scores differ: probability and none"
        );
    }
}
