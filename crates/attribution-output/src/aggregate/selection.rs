use serde::{Deserialize, Serialize};

use crate::{Axis, Error, Result};

/// Which layers, heads or coordinates to keep before aggregating; negative numbers
/// count from the end.
///
/// In JSON `2`, `[0, 2, -1]` or `{"start": 0, "end": 4}`. Inseq: `select_idx`, where a
/// range is a tuple.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Selection {
    /// One, which is not aggregated any further.
    Index(i64),
    /// Those listed, each once.
    List(Vec<i64>),
    /// From `start` to before `end`.
    Range {
        /// The first.
        start: i64,
        /// The one after the last.
        end: i64,
    },
}

impl Selection {
    /// The indices that are meant, of an axis of that length.
    pub(super) fn indices(&self, axis: Axis, length: usize) -> Result<Vec<usize>> {
        let wrong = |reason: String| Error::Option {
            stage: "scores",
            reason: format!("select_idx {reason}"),
        };
        // The end of a range may lie one further than any index.
        let index = |given: i64, length: usize, limit: usize| {
            let from_end = i64::try_from(length)
                .ok()
                .and_then(|length| given.checked_add(length));
            let index = if given < 0 { from_end } else { Some(given) };
            index
                .and_then(|index| usize::try_from(index).ok())
                .filter(|&index| index < limit)
                .ok_or_else(|| {
                    wrong(format!(
                        "{given} is out of range: there are {length} {axis}"
                    ))
                })
        };
        match self {
            Self::Index(given) => Ok(vec![index(*given, length, length)?]),
            Self::List(given) if given.is_empty() => Err(wrong("is an empty list".to_owned())),
            Self::List(given) => {
                let mut indices = Vec::with_capacity(given.len().min(length));
                for &given in given {
                    let index = index(given, length, length)?;
                    if indices.contains(&index) {
                        return Err(wrong(format!("names {index} of the {axis} twice")));
                    }
                    indices.push(index);
                }
                Ok(indices)
            }
            Self::Range { start, end } => {
                let limit = length.saturating_add(1);
                let range = index(*start, length, limit)?..index(*end, length, limit)?;
                if range.is_empty() {
                    return Err(wrong(format!("from {start} to {end} holds no {axis}")));
                }
                Ok(range.collect())
            }
        }
    }

    /// As `2`, `0, 2` or `0 to 3`.
    pub(super) fn in_words(&self) -> String {
        match self {
            Self::Index(index) => index.to_string(),
            Self::List(indices) => {
                let words: Vec<String> = indices.iter().map(i64::to_string).collect();
                words.join(", ")
            }
            Self::Range { start, end } => format!("{start} to before {end}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn indices(json: &str) -> std::result::Result<Vec<usize>, String> {
        let selection: Selection = serde_json::from_str(json).unwrap();
        let indices = selection.indices(Axis::Heads, 4);
        indices.map_err(|error| error.to_string())
    }

    #[test]
    fn indices_count_from_either_end() {
        assert_eq!(indices("2"), Ok(vec![2]));
        assert_eq!(indices("-1"), Ok(vec![3]));
        assert_eq!(indices("[3, 0, -2]"), Ok(vec![3, 0, 2]));
        assert_eq!(indices(r#"{"start": 1, "end": 4}"#), Ok(vec![1, 2, 3]));
        assert_eq!(indices(r#"{"start": -3, "end": -1}"#), Ok(vec![1, 2]));
    }

    #[test]
    fn selections_that_select_nothing_are_named() {
        let cases = [
            ("4", "4 is out of range: there are 4 heads"),
            ("-5", "-5 is out of range: there are 4 heads"),
            (
                "-9223372036854775808",
                "-9223372036854775808 is out of range: there are 4 heads",
            ),
            ("[0, 9]", "9 is out of range: there are 4 heads"),
            ("[0, -4]", "names 0 of the heads twice"),
            ("[]", "is an empty list"),
            (r#"{"start": 2, "end": 2}"#, "from 2 to 2 holds no heads"),
            (
                r#"{"start": 0, "end": 6}"#,
                "6 is out of range: there are 4 heads",
            ),
        ];
        for (json, expected) in cases {
            assert_eq!(indices(json), Err(format!("scores: select_idx {expected}")));
        }
    }
}
