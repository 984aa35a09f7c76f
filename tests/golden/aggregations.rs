//! Aggregations of Inseq's own results, made by `make_aggregations.py`: stage by
//! stage the same tokens, positions and numbers.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use attribution_output::{
    Attribution, Compatibility, Scores, Token, aggregate, aggregate_with, from_inseq_json, pair,
    stages_from_ids, weight_attributions,
};
use inseq_tests::tolerance::{GOLDEN, within};
use serde::Deserialize;
use serde_json::{Map, Value};

use inseq_tests::golden_case::Array;

#[derive(Deserialize)]
struct Aggregations {
    aggregations: Vec<Aggregation>,
    pair: Pair,
    weighted: Expected,
}

#[derive(Deserialize)]
struct Aggregation {
    result_of: String,
    aggregators: Vec<String>,
    arguments: Map<String, Value>,
    result: Expected,
}

#[derive(Deserialize)]
struct Pair {
    first: String,
    second: String,
    result: Expected,
}

#[derive(Deserialize)]
struct Expected {
    source_tokens: Vec<(String, i64)>,
    target_tokens: Vec<(String, i64)>,
    attr_pos_start: usize,
    attr_pos_end: usize,
    source_attributions: Option<Array>,
    target_attributions: Option<Array>,
    step_scores: BTreeMap<String, Array>,
    sequence_scores: BTreeMap<String, Array>,
}

fn golden_path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("golden")
        .join(name)
}

fn expected() -> Aggregations {
    let text = std::fs::read_to_string(golden_path("aggregations.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn result_of(name: &str) -> Attribution {
    let path = golden_path(&format!("cases/{name}.inseq.json"));
    from_inseq_json(std::fs::read(path).unwrap())
        .unwrap()
        .sequences
        .remove(0)
}

/// Where two results differ, if they do.
fn compare(found: &Attribution, expected: &Expected) -> Result<(), String> {
    let names = |tokens: &[Token]| -> Vec<(String, i64)> {
        let name = |token: &Token| (token.token.clone(), token.id);
        tokens.iter().map(name).collect()
    };
    let same = |place: &str, is_same: bool| match is_same {
        true => Ok(()),
        false => Err(format!("{place} differ")),
    };
    same(
        "source tokens",
        names(&found.source) == expected.source_tokens,
    )?;
    same(
        "target tokens",
        names(&found.target) == expected.target_tokens,
    )?;
    let positions = (found.attr_pos_start, found.attr_pos_end);
    same(
        "positions",
        positions == (expected.attr_pos_start, expected.attr_pos_end),
    )?;
    let array = |place: &str, found: Option<&Scores>, expected: Option<&Array>| {
        let (shape, values) = (
            expected.map(|array| array.shape.clone()),
            expected.map(Array::values),
        );
        same(
            &format!("shapes of {place}"),
            found.map(|scores| &scores.shape) == shape.as_ref(),
        )?;
        let found = found.map_or(&[][..], |scores| &scores.values);
        within(GOLDEN, &values.unwrap_or_default(), found)
            .map_err(|error| format!("{place}: {error}"))
    };
    array(
        "source",
        found.source_attributions.as_ref(),
        expected.source_attributions.as_ref(),
    )?;
    array(
        "target",
        found.target_attributions.as_ref(),
        expected.target_attributions.as_ref(),
    )?;
    same(
        "names of sequence scores",
        found
            .sequence_scores
            .keys()
            .eq(expected.sequence_scores.keys()),
    )?;
    for (name, expected) in &expected.sequence_scores {
        array(name, found.sequence_scores.get(name), Some(expected))?;
    }
    same(
        "names of step scores",
        found.step_scores.keys().eq(expected.step_scores.keys()),
    )?;
    for (name, expected) in &expected.step_scores {
        within(GOLDEN, &expected.values(), &found.step_scores[name])
            .map_err(|error| format!("{name}: {error}"))?;
    }
    Ok(())
}

#[test]
fn stages_agree_with_inseq() {
    let cases = expected().aggregations;
    assert!(cases.len() >= 27, "cases went missing");
    let mut failures = Vec::new();
    for case in cases {
        let Aggregation {
            result_of: name,
            aggregators,
            arguments,
            result,
        } = case;
        let found = stages_from_ids(&aggregators, &arguments)
            .and_then(|stages| aggregate_with(&result_of(&name), &stages, Compatibility::Inseq));
        let compared = match found {
            Ok(found) => compare(&found, &result),
            Err(error) => Err(error.to_string()),
        };
        if let Err(error) = compared {
            failures.push(format!("{name} {aggregators:?} {arguments:?}: {error}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn attention_that_is_rolled_out_still_sums_to_one() {
    let stages = stages_from_ids(&["rollout"], &Map::new()).unwrap();
    let attribution = result_of("marian-attention");
    let rolled = aggregate_with(&attribution, &stages, Compatibility::Corrected).unwrap();
    let n_targets = rolled.targets().len();
    let mut sums = vec![0.0; n_targets];
    for scores in [rolled.source_attributions, rolled.target_attributions] {
        for row in scores.unwrap().values.chunks(n_targets) {
            for (sum, value) in sums.iter_mut().zip(row) {
                *sum += if value.is_nan() { 0.0 } else { *value };
            }
        }
    }
    within(GOLDEN, &vec![1.0; n_targets], &sums).unwrap();
}

#[test]
fn pairs_agree_with_inseq() {
    let Pair {
        first,
        second,
        result,
    } = expected().pair;
    let [first, mut second] = [first, second].map(|name| aggregate(&result_of(&name)).unwrap());
    // Inseq compares the scores that the first has.
    second.step_scores.clear();
    let change = pair(&first, &second).unwrap();
    compare(&change, &result).unwrap();
}

#[test]
fn weights_agree_with_inseq() {
    let weighted = weight_attributions(&result_of("gpt2-saliency"), "probability").unwrap();
    compare(&weighted, &expected().weighted).unwrap();
}
