//! Files that Inseq itself wrote: read, written back, and aggregated.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use attribution_output::{
    Attribution, Axis, Kind, Scores, Spelling, Token, aggregate, from_inseq_json, to_inseq_json,
};
use serde_json::Value;

/// Golden values carry seven significant digits, and normalized ones are below 1.
const TOLERANCE: f32 = 1e-6;

fn golden_files(ending: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/cases");
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_str().unwrap().ends_with(ending))
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "no golden file ends with {ending}");
    paths
}

fn read_json(path: &Path) -> Value {
    // Python writes literals that JSON does not know.
    let text = fs::read_to_string(path).unwrap().replace("NaN", "null");
    serde_json::from_str(&text).unwrap()
}

/// A golden array; `kind` names the axes after the first two.
fn scores_from_golden(array: &Value, kind: Kind) -> Option<Scores> {
    let shape: Vec<usize> = serde_json::from_value(array.get("shape")?.clone()).unwrap();
    let values: Vec<Option<f32>> = serde_json::from_value(array["data"].clone()).unwrap();
    let further: &[Axis] = match kind {
        Kind::MultiDimensional => &[Axis::Layers, Axis::Heads],
        _ => &[Axis::Hidden],
    };
    let axes = [Axis::Inputs, Axis::Targets].iter().chain(further);
    Some(Scores {
        axes: axes.take(shape.len()).copied().collect(),
        shape,
        values: values
            .into_iter()
            .map(|value| value.unwrap_or(f32::NAN))
            .collect(),
    })
}

fn attribution_from_golden(case: &Value) -> Attribution {
    let result = &case["result"];
    let kind = match case["method"].as_str().unwrap() {
        "attention" | "value_zeroing" => Kind::MultiDimensional,
        "occlusion" => Kind::Coarse,
        _ => Kind::Granular,
    };
    let tokens = |key: &str| -> Vec<Token> {
        let pairs: Vec<(String, i64)> = serde_json::from_value(result[key].clone()).unwrap();
        let token = |(token, id)| Token::new(id, token);
        pairs.into_iter().map(token).collect()
    };
    let sequence_scores = result["sequence_scores"].as_object().into_iter().flatten();
    let position = |key: &str| result[key].as_u64().unwrap() as usize;
    Attribution {
        kind,
        spelling: Spelling::Plain,
        source: tokens("source_tokens"),
        target: tokens("target_tokens"),
        source_attributions: scores_from_golden(&result["source_attributions"], kind),
        target_attributions: scores_from_golden(&result["target_attributions"], kind),
        step_scores: BTreeMap::new(),
        sequence_scores: sequence_scores
            .map(|(name, array)| (name.clone(), scores_from_golden(array, kind).unwrap()))
            .collect(),
        attr_pos_start: position("attr_pos_start"),
        attr_pos_end: position("attr_pos_end"),
    }
}

fn assert_close(found: Option<&Scores>, expected: &Value, kind: Kind, place: &str) {
    let expected = scores_from_golden(expected, kind);
    match (found, expected) {
        (None, None) => {}
        (Some(found), Some(expected)) => {
            assert_eq!(found.shape, expected.shape, "{place}");
            for (index, (found, expected)) in found.values.iter().zip(expected.values).enumerate() {
                let is_close =
                    (found - expected).abs() <= TOLERANCE || found.is_nan() && expected.is_nan();
                assert!(is_close, "{place}[{index}]: {found} instead of {expected}");
            }
        }
        (found, expected) => panic!("{place}: {found:?} instead of {expected:?}"),
    }
}

fn assert_aggregates_to(attribution: &Attribution, case: &Value) {
    let aggregated = aggregate(attribution).unwrap();
    let expected = &case["result"]["aggregated"];
    let name = case["name"].as_str().unwrap();
    let kind = attribution.kind;
    for (field, found) in [
        ("source_attributions", &aggregated.source_attributions),
        ("target_attributions", &aggregated.target_attributions),
    ] {
        assert_close(
            found.as_ref(),
            &expected[field],
            kind,
            &format!("{name} {field}"),
        );
    }
    for (score, expected) in expected["sequence_scores"]
        .as_object()
        .into_iter()
        .flatten()
    {
        let found = aggregated.sequence_scores.get(score);
        assert_close(found, expected, kind, &format!("{name} {score}"));
    }
}

#[test]
fn files_of_inseq_are_written_back_byte_for_byte() {
    for path in golden_files(".inseq.json") {
        let text = fs::read_to_string(&path).unwrap();
        let output = from_inseq_json(&text).unwrap();
        assert!(to_inseq_json(&output) == text, "{} changed", path.display());
    }
}

#[test]
fn files_of_inseq_aggregate_as_in_inseq() {
    for path in golden_files(".inseq.json") {
        let output = from_inseq_json(fs::read(&path).unwrap()).unwrap();
        let case = path.to_str().unwrap().replace(".inseq.json", ".json");
        assert_aggregates_to(&output.sequences[0], &read_json(Path::new(&case)));
    }
}

#[test]
fn raw_golden_arrays_aggregate_as_in_inseq() {
    let mut n_compared = 0;
    for path in golden_files(".json") {
        let case = read_json(&path);
        let result = &case["result"];
        let has_raw_arrays = ["source_attributions", "target_attributions"]
            .iter()
            .any(|field| result[*field].is_object());
        if has_raw_arrays && result["aggregated"].is_object() {
            assert_aggregates_to(&attribution_from_golden(&case), &case);
            n_compared += 1;
        }
    }
    assert!(n_compared >= 10, "only {n_compared} cases hold raw arrays");
}

#[test]
fn tokens_of_both_families_are_readable() {
    let display = |file: &str| {
        let path = golden_files(file).remove(0);
        let output = from_inseq_json(fs::read(path).unwrap()).unwrap();
        let sequence = &output.sequences[0];
        let tokens = sequence.target.iter();
        tokens
            .map(|token| token.display(sequence.spelling))
            .collect::<String>()
    };
    assert_eq!(
        display("gpt2-saliency.inseq.json"),
        "The developer argued with the designer because her idea cannot be implemented."
    );
    assert_eq!(
        display("marian-saliency.inseq.json"),
        "<pad> Le développeur s'est disputé avec la concepteur.</s>"
    );
}
