//! Aggregators, selectors, normalizing and rescaling, as `inseq` takes them.

use std::fs;

use attribution_output::{AttributionOutput, from_inseq_json};
use inseq_tests::tolerance::{REORDERED, within};

use crate::expect::{attributed, refused, says};

const TEXTS: [&str; 4] = ["-i", "The nurse", "-g", "The nurse said that"];

fn saved(more: &[&str]) -> AttributionOutput {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.json").display().to_string();
    attributed("gpt2", &[&TEXTS[..], &["-o", &path], more].concat());
    from_inseq_json(fs::read(path).unwrap()).unwrap()
}

/// Sums of the columns of the only matrix.
fn column_sums(output: &AttributionOutput) -> Vec<f32> {
    let scores = output.sequences[0].target_attributions.as_ref().unwrap();
    let n_columns = scores.shape[1];
    assert_eq!(scores.shape.len(), 2);
    (0..n_columns)
        .map(|column| {
            let values = scores.values.iter().skip(column).step_by(n_columns);
            values.filter(|value| value.is_finite()).sum()
        })
        .collect()
}

fn are_ones(sums: &[f32]) -> bool {
    within(REORDERED, &vec![1.0; sums.len()], sums).is_ok()
}

#[test]
fn raw_scores_are_saved_unless_aggregated() {
    let n_axes = |more: &[&str]| {
        let output = saved(more);
        let scores = output.sequences[0].target_attributions.as_ref().unwrap();
        scores.shape.len()
    };
    assert_eq!(n_axes(&[]), 3);
    assert_eq!(n_axes(&["--aggregate_output"]), 2);
    assert_eq!(n_axes(&["--attribution_aggregators", "mean"]), 2);
}

#[test]
fn aggregators_normalize_only_if_asked() {
    let norm = ["--attribution_aggregators", "vnorm"];
    assert!(!are_ones(&column_sums(&saved(&norm))));
    let normalized = saved(&[&norm[..], &["--normalize_attributions"]].concat());
    assert!(are_ones(&column_sums(&normalized)));
    assert!(are_ones(&column_sums(&saved(&["--aggregate_output"]))));
    // A stage that says all about itself needs no other option, and keeps its own.
    let whole = r#"{"aggregator": "scores", "aggregate_fn": "vnorm", "normalize": true}"#;
    let whole = saved(&["--attribution_aggregators", whole]);
    assert!(are_ones(&column_sums(&whole)));
    let rescaled = saved(&[&norm[..], &["--rescale_attributions"]].concat());
    let scores = rescaled.sequences[0].target_attributions.as_ref().unwrap();
    let finite = scores.values.iter().filter(|value| value.is_finite());
    assert_eq!(
        finite.fold(0.0, |largest: f32, value| largest.max(*value)),
        1.0
    );
}

#[test]
fn a_selector_takes_one_coordinate() {
    let raw = saved(&[]);
    let chosen = saved(&[
        "--attribution_aggregators",
        "mean",
        "--attribution_selectors",
        "-1",
    ]);
    let raw = raw.sequences[0].target_attributions.as_ref().unwrap();
    let n_hidden = raw.shape[2];
    let last: Vec<f32> = raw
        .values
        .iter()
        .skip(n_hidden - 1)
        .step_by(n_hidden)
        .copied()
        .collect();
    let chosen = chosen.sequences[0].target_attributions.as_ref().unwrap();
    // As text, because NaN is not itself.
    assert_eq!(format!("{:?}", chosen.values), format!("{last:?}"));
}

#[test]
fn stages_may_have_options_of_their_own() {
    let split = r#"{"aggregator": "split", "split_pattern": "nurse"}"#;
    let output = saved(&["--attribution_aggregators", "vnorm", split]);
    assert!(output.sequences[0].target.len() < saved(&[]).sequences[0].target.len());
}

#[test]
fn aggregations_that_cannot_be_are_refused() {
    let refused = |more: &[&str]| refused("gpt2", &[&TEXTS[..], more].concat());
    says(
        &refused(&["--attribution_aggregators", "vnrm"]),
        &["vnrm", "did you mean \"vnorm\"?", "subwords"],
    );
    says(
        &refused(&[
            "--attribution_aggregators",
            "vnorm",
            "--attribution_selectors",
            "1",
            "2",
        ]),
        &["has 2 indices", "1 aggregators"],
    );
    says(
        &refused(&["--normalize_attributions"]),
        &["without --attribution_aggregators"],
    );
    says(
        &refused(&[
            "--attribution_aggregators",
            "mean",
            "--attribution_selectors",
            "48",
        ]),
        &["48 is out of range"],
    );
    let both = ["--normalize_attributions", "--rescale_attributions"];
    let both = [&["--attribution_aggregators", "mean"], &both[..]].concat();
    says(&refused(&both), &["both normalized and rescaled"]);
    says(
        &refused(&["--attribution_aggregators", r#"{"aggregator": "spit"}"#]),
        &["--attribution_aggregators", "spit"],
    );
}
