//! What is preserved when a result is saved, read, aggregated.

use attribution::method_descriptions;
use attribution_output::{
    Attribution, AttributionOutput, Kind, Scores, aggregate, from_inseq_json, to_inseq_json,
};
use inseq_tests::random_models::random_model;
use inseq_tests::tolerance::{EXACT, REORDERED, within};

use crate::attributed::{N_MODELS, attribute, matrices, request};

/// Results of every method on every random model, with step scores.
fn results() -> impl Iterator<Item = (String, Attribution)> {
    (0..N_MODELS).map(random_model).flat_map(|random| {
        method_descriptions().into_iter().map(move |method| {
            let mut request = request(&random, method.id);
            request.step_scores = vec!["probability".to_owned(), "entropy".to_owned()];
            let place = format!("{}, {}", random.name, method.id);
            (place, attribute(&random, &request))
        })
    })
}

fn assert_equal(place: &str, expected: &Attribution, found: &Attribution) {
    assert_eq!(expected.kind, found.kind, "{place}");
    assert_eq!(expected.source, found.source, "{place}");
    assert_eq!(expected.target, found.target, "{place}");
    let positions = |of: &Attribution| (of.attr_pos_start, of.attr_pos_end);
    assert_eq!(positions(expected), positions(found), "{place}");
    let (one, other) = (matrices(expected), matrices(found));
    assert_eq!(one.len(), other.len(), "{place}");
    for ((name, expected), (_, found)) in one.iter().zip(other) {
        assert_eq!(expected.shape, found.shape, "{place}: {name}");
        assert_eq!(expected.axes, found.axes, "{place}: {name}");
        within(EXACT, &expected.values, &found.values)
            .unwrap_or_else(|difference| panic!("{place}: {name}: {difference}"));
    }
    assert!(
        expected.step_scores.keys().eq(found.step_scores.keys()),
        "{place}"
    );
    for (name, expected) in &expected.step_scores {
        within(EXACT, expected, &found.step_scores[name])
            .unwrap_or_else(|difference| panic!("{place}: {name}: {difference}"));
    }
}

#[test]
fn json_written_and_read_is_the_same() {
    for (place, result) in results() {
        result
            .check()
            .unwrap_or_else(|error| panic!("{place}: {error}"));
        // The file names the classes from which the spelling is known.
        let model = place
            .split(['(', ','])
            .nth(1)
            .expect("the family stands there");
        let info = match model {
            "gpt2" => serde_json::json!({"tokenizer_class": "GPT2TokenizerFast"}),
            _ => serde_json::json!({"tokenizer_class": "MarianTokenizer"}),
        };
        let output = AttributionOutput {
            info: info.as_object().expect("an object").clone(),
            sequences: vec![result],
        };
        let text = to_inseq_json(&output);
        let read = from_inseq_json(&text).unwrap_or_else(|error| panic!("{place}: {error}"));
        assert_eq!(read.sequences.len(), 1, "{place}");
        assert_eq!(read.info, output.info, "{place}");
        assert_equal(&place, &output.sequences[0], &read.sequences[0]);
        assert_eq!(
            read.sequences[0].spelling, output.sequences[0].spelling,
            "{place}"
        );
        assert_eq!(to_inseq_json(&read), text, "{place}: written again");
    }
}

#[test]
fn aggregation_keeps_tokens_positions_step_scores_and_nan() {
    for (place, raw) in results() {
        let aggregated = aggregate(&raw).unwrap_or_else(|error| panic!("{place}: {error}"));
        aggregated
            .check()
            .unwrap_or_else(|error| panic!("{place}: {error}"));
        assert_eq!(raw.source, aggregated.source, "{place}");
        assert_eq!(raw.target, aggregated.target, "{place}");
        assert_eq!(raw.step_scores, aggregated.step_scores, "{place}");
        for ((name, raw), (_, aggregated)) in matrices(&raw).iter().zip(matrices(&aggregated)) {
            assert_eq!(raw.shape[..2], aggregated.shape, "{place}: {name}");
            for (cell, value) in cells(raw).zip(&aggregated.values) {
                let was_nan = cell.iter().any(|value| value.is_nan());
                assert_eq!(was_nan, value.is_nan(), "{place}: {name}");
            }
        }
    }
}

#[test]
fn aggregated_columns_sum_to_one() {
    for (place, raw) in results() {
        if raw.kind != Kind::Granular {
            continue;
        }
        let aggregated = aggregate(&raw).expect("a result can be aggregated");
        let n_targets = aggregated.targets().len();
        let mut sums = vec![0.0; n_targets];
        for (_, scores) in matrices(&aggregated) {
            for row in scores.values.chunks_exact(n_targets) {
                for (sum, value) in sums.iter_mut().zip(row) {
                    *sum += if value.is_nan() { 0.0 } else { value.abs() };
                }
            }
        }
        within(REORDERED, &vec![1.0; n_targets], &sums)
            .unwrap_or_else(|difference| panic!("{place}: {difference}"));
    }
}

#[test]
fn aggregation_keeps_proportions_within_a_column() {
    for (place, raw) in results() {
        if raw.kind != Kind::Granular {
            continue;
        }
        let aggregated = aggregate(&raw).expect("a result can be aggregated");
        let norm = |cell: &[f32]| cell.iter().map(|value| value * value).sum::<f32>().sqrt();
        let n_targets = raw.targets().len();
        for target in 0..n_targets {
            // Source and prefix together: they are normalized together.
            let (mut before, mut after) = (Vec::new(), Vec::new());
            for ((_, raw), (_, aggregated)) in matrices(&raw).iter().zip(matrices(&aggregated)) {
                before.extend(cells(raw).skip(target).step_by(n_targets).map(norm));
                after.extend(aggregated.values.iter().skip(target).step_by(n_targets));
            }
            let known = |values: &[f32]| values.iter().filter(|value| !value.is_nan()).sum::<f32>();
            let factor = known(&before) / known(&after);
            let scaled: Vec<f32> = after.iter().map(|value| value * factor).collect();
            within(REORDERED, &before, &scaled)
                .unwrap_or_else(|difference| panic!("{place}, target {target}: {difference}"));
        }
    }
}

/// What stands behind the first two axes, cell by cell.
fn cells(scores: &Scores) -> impl Iterator<Item = &[f32]> {
    let width: usize = scores.shape[2..].iter().product();
    scores.values.chunks_exact(width)
}
