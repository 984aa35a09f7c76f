use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    RolloutAggregation, ScoreAggregation, SliceAggregation, SpanAggregation, SplitAggregation,
    SubwordAggregation,
};
use crate::{AggregateFunction, Error, Kind, Result};

/// One step of an aggregation: plain data, the same on the command line, in
/// JavaScript and on the page.
///
/// In JSON `{"aggregator": "scores", "aggregate_fn": "mean", "normalize": false}`:
/// Inseq's names, absent options have Inseq's defaults, unknown ones are errors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "aggregator", rename_all = "snake_case")]
pub enum Stage {
    /// One value of all layers, heads or hidden coordinates.
    Scores(ScoreAggregation),
    /// Runs of tokens become one token.
    Spans(SpanAggregation),
    /// Some rows are kept.
    Slices(SliceAggregation),
    /// The pieces of a word become one token.
    Subwords(SubwordAggregation),
    /// What lies between the matches of a pattern becomes one token.
    Split(SplitAggregation),
    /// The change from this attribution to another.
    Pair,
    /// Attention is followed through all layers.
    Rollout(RolloutAggregation),
}

/// An aggregation's id, what it does, and the options it takes.
struct Known {
    id: &'static str,
    options: &'static [&'static str],
}

const KNOWN: [Known; 7] = [
    Known {
        id: "scores",
        options: &[
            "aggregate_fn",
            "select_idx",
            "normalize",
            "rescale",
            "vnorm_ord",
        ],
    },
    Known {
        id: "spans",
        options: &["aggregate_fn", "source_spans", "target_spans"],
    },
    Known {
        id: "subwords",
        options: &[
            "aggregate_fn",
            "aggregate_source",
            "aggregate_target",
            "special_chars",
            "is_suffix_symbol",
        ],
    },
    Known {
        id: "split",
        options: &[
            "aggregate_fn",
            "aggregate_source",
            "aggregate_target",
            "split_pattern",
            "split_mode",
        ],
    },
    Known {
        id: "slices",
        options: &["source_spans", "target_spans"],
    },
    Known {
        id: "pair",
        options: &[],
    },
    Known {
        id: "rollout",
        options: &["aggregate_fn", "residual"],
    },
];

/// The ids that [`stages_from_ids`] takes: aggregations, then functions, which stand
/// for `scores` with that function.
pub fn aggregator_ids() -> Vec<&'static str> {
    let functions = AggregateFunction::ALL.map(AggregateFunction::id);
    KNOWN
        .iter()
        .map(|known| known.id)
        .chain(functions)
        .collect()
}

/// Stages from Inseq's way to write them: ids in order, and keyword arguments of which
/// each goes to every stage that has it.
///
/// An id or an argument that no stage knows is an error that lists those that are.
pub fn stages_from_ids<T: AsRef<str>>(
    ids: &[T],
    arguments: &Map<String, Value>,
) -> Result<Vec<Stage>> {
    let stages = ids
        .iter()
        .map(|id| known_from_id(id.as_ref()))
        .collect::<Result<Vec<_>>>()?;
    for name in arguments.keys() {
        if !stages
            .iter()
            .any(|(known, _)| known.options.contains(&name.as_str()))
        {
            let options = stages.iter().flat_map(|(known, _)| known.options);
            let mut known: Vec<String> = options.map(|&option| option.to_owned()).collect();
            known.sort();
            known.dedup();
            return Err(Error::Unknown {
                what: "aggregation option",
                asked: name.clone(),
                known,
            });
        }
    }
    stages
        .into_iter()
        .map(|(known, function)| stage_from_arguments(known, function, arguments))
        .collect()
}

fn known_from_id(id: &str) -> Result<(&'static Known, Option<AggregateFunction>)> {
    if let Some(known) = KNOWN.iter().find(|known| known.id == id) {
        return Ok((known, None));
    }
    match AggregateFunction::from_id(id) {
        Ok(function) => Ok((&KNOWN[0], Some(function))),
        Err(_) => Err(Error::Unknown {
            what: "aggregator",
            asked: id.to_owned(),
            known: aggregator_ids().into_iter().map(str::to_owned).collect(),
        }),
    }
}

fn stage_from_arguments(
    known: &'static Known,
    function: Option<AggregateFunction>,
    arguments: &Map<String, Value>,
) -> Result<Stage> {
    let mut stage = Map::from_iter([("aggregator".to_owned(), known.id.into())]);
    for (name, value) in arguments {
        if known.options.contains(&name.as_str()) {
            stage.insert(name.clone(), value.clone());
        }
    }
    if let Some(function) = function {
        if arguments.contains_key("aggregate_fn") {
            return Err(Error::Option {
                stage: known.id,
                reason: format!("aggregate_fn is given, but {function} names a function already"),
            });
        }
        stage.insert("aggregate_fn".to_owned(), function.id().into());
    }
    serde_json::from_value(Value::Object(stage)).map_err(|cause| Error::Option {
        stage: known.id,
        reason: cause.to_string(),
    })
}

impl Stage {
    /// Inseq's id.
    pub fn id(&self) -> &'static str {
        match self {
            Self::Scores(_) => "scores",
            Self::Spans(_) => "spans",
            Self::Slices(_) => "slices",
            Self::Subwords(_) => "subwords",
            Self::Split(_) => "split",
            Self::Pair => "pair",
            Self::Rollout(_) => "rollout",
        }
    }

    /// What it does to attributions of a kind, for a reader of its numbers.
    pub fn in_words(&self, kind: Kind) -> String {
        let merging = |what: &str, function: Option<AggregateFunction>| match function {
            Some(function) => format!("{what} merged by {function}"),
            None => format!("{what} merged by absmax"),
        };
        match self {
            Self::Scores(scores) => {
                let mut words = match &scores.select_idx {
                    Some(selection @ super::Selection::Index(_)) => {
                        format!("number {}", selection.in_words())
                    }
                    Some(selection) => {
                        format!("{} of {}", scores.function(kind), selection.in_words())
                    }
                    None => scores.function(kind).id().to_owned(),
                };
                if scores.normalizes() {
                    words.push_str(", columns sum to 1");
                }
                if scores.rescale {
                    words.push_str(", largest magnitude is 1");
                }
                words
            }
            Self::Spans(spans) => merging("spans", spans.aggregate_fn),
            Self::Subwords(subwords) => merging("pieces of words", subwords.aggregate_fn),
            Self::Split(split) => merging(
                &format!("what {:?} splits", split.split_pattern),
                split.aggregate_fn,
            ),
            Self::Slices(_) => "some rows only".to_owned(),
            Self::Pair => "change from one to the other".to_owned(),
            Self::Rollout(_) => "rolled out over layers".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn stages(ids: &[&str], arguments: Value) -> std::result::Result<Vec<Stage>, String> {
        let arguments = arguments.as_object().cloned().unwrap_or_default();
        stages_from_ids(ids, &arguments).map_err(|error| error.to_string())
    }

    #[test]
    fn every_argument_goes_to_each_stage_that_has_it() {
        let arguments = json!({"normalize": false, "special_chars": ["Ġ", "Ċ"]});
        let stages = stages(&["subwords", "vnorm", "mean"], arguments).unwrap();
        let [
            Stage::Subwords(subwords),
            Stage::Scores(vnorm),
            Stage::Scores(mean),
        ] = &stages[..]
        else {
            panic!("{stages:?}");
        };
        assert_eq!(subwords.special_chars.as_ref().unwrap().0, ["Ġ", "Ċ"]);
        assert_eq!(vnorm.aggregate_fn, Some(AggregateFunction::VectorNorm));
        assert_eq!([vnorm.normalize, mean.normalize], [Some(false); 2]);
    }

    #[test]
    fn what_is_unknown_is_named_with_what_is_known() {
        assert_eq!(
            stages(&["subword"], json!({})).unwrap_err(),
            "aggregator \"subword\" is unknown; known are scores, spans, subwords, split, \
             slices, pair, rollout, mean, sum, max, min, prod, vnorm, absmax"
        );
        assert_eq!(
            stages(&["spans"], json!({"spans": [1, 2]})).unwrap_err(),
            "aggregation option \"spans\" is unknown; known are aggregate_fn, source_spans, \
             target_spans"
        );
        assert_eq!(
            stages(&["scores"], json!({"aggregate_fn": "median"})).unwrap_err(),
            "scores: aggregation function \"median\" is unknown; known are mean, sum, max, min, \
             prod, vnorm, absmax"
        );
        assert_eq!(
            stages(&["split"], json!({})).unwrap_err(),
            "split: missing field `split_pattern`"
        );
        assert_eq!(
            stages(&["mean"], json!({"aggregate_fn": "sum"})).unwrap_err(),
            "scores: aggregate_fn is given, but mean names a function already"
        );
    }

    #[test]
    fn stages_are_plain_data() {
        let arguments = json!({
            "source_spans": [1, 3], "split_pattern": "\\.", "split_mode": "end",
            "select_idx": {"start": 0, "end": 2}, "residual": 0.25,
        });
        let ids = [
            "spans", "slices", "subwords", "split", "pair", "rollout", "scores",
        ];
        let stages = stages(&ids, arguments).unwrap();
        let json = serde_json::to_value(&stages).unwrap();
        assert_eq!(serde_json::from_value::<Vec<Stage>>(json).unwrap(), stages);
        assert!(stages.iter().map(Stage::id).eq(ids));
        let unknown = json!({"aggregator": "scores", "normalise": true});
        assert!(serde_json::from_value::<Stage>(unknown).is_err());
    }

    #[test]
    fn every_option_in_the_list_is_one_that_the_stage_has() {
        for known in KNOWN {
            for option in known.options {
                let stage = json!({"aggregator": known.id, "split_pattern": "x", *option: {}});
                let error = serde_json::from_value::<Stage>(stage)
                    .unwrap_err()
                    .to_string();
                assert!(
                    !error.contains(&format!("unknown field `{option}`")),
                    "{error}"
                );
            }
        }
    }
}
