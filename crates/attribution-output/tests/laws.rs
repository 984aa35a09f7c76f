//! What aggregations preserve, on random attributions.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::collections::BTreeMap;

use attribution_output::{
    Attribution, Compatibility, Kind, Scores, Spelling, Stage, Token, aggregate_with, pair,
    stages_from_ids,
};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// Sums of a few numbers of ordinary size, in another order.
const ROUNDING: f32 = 1e-4;

const N_SOURCE: usize = 5;
const N_TARGETS: usize = 4;

prop_compose! {
    /// A translation, with an odd piece of a word here and there.
    fn attributions()(
        // Not zero: a column of zeros stays as it is.
        source in proptest::collection::vec(prop_oneof![-10.0f32..-0.01, 0.01f32..10.0], N_SOURCE * N_TARGETS),
        prefix in proptest::collection::vec(-10.0f32..10.0, (N_TARGETS + 1) * N_TARGETS),
        starts in proptest::collection::vec(any::<bool>(), N_SOURCE + N_TARGETS),
        step_scores in proptest::collection::vec(0.0f32..5.0, N_TARGETS),
    ) -> Attribution {
        let token = |(id, starts): (usize, &bool)| {
            Token::new(id as i64, if *starts { "▁a" } else { "b" })
        };
        let words: Vec<Token> = starts.iter().enumerate().map(token).collect();
        let known = |(index, value): (usize, f32)| {
            let (row, column) = (index / N_TARGETS, index % N_TARGETS);
            if row <= column { value } else { f32::NAN }
        };
        Attribution {
            kind: Kind::Granular,
            spelling: Spelling::SentencePiece,
            source: words[..N_SOURCE].to_vec(),
            target: [&[Token::new(99, "<pad>")], &words[N_SOURCE..]].concat(),
            source_attributions: Scores::matrix(N_SOURCE, N_TARGETS, source).ok(),
            target_attributions: Scores::matrix(
                N_TARGETS + 1,
                N_TARGETS,
                prefix.into_iter().enumerate().map(known).collect(),
            )
            .ok(),
            step_scores: BTreeMap::from([("entropy".to_owned(), step_scores)]),
            sequence_scores: BTreeMap::new(),
            attr_pos_start: 1,
            attr_pos_end: N_TARGETS + 1,
        }
    }
}

fn stages(ids: &[&str], arguments: Value) -> Vec<Stage> {
    stages_from_ids(ids, arguments.as_object().unwrap()).unwrap()
}

fn run(attribution: &Attribution, ids: &[&str], arguments: Value) -> Attribution {
    let stages = stages(ids, arguments);
    aggregate_with(attribution, &stages, Compatibility::Corrected).unwrap()
}

/// For each target, the sum of magnitudes over source and prefix.
fn column_sums(attribution: &Attribution) -> Vec<f32> {
    let n_targets = attribution.targets().len();
    let parts = [
        &attribution.source_attributions,
        &attribution.target_attributions,
    ];
    let mut sums = vec![0.0; n_targets];
    for scores in parts.into_iter().flatten() {
        for row in scores.values.chunks(n_targets) {
            for (sum, value) in sums.iter_mut().zip(row) {
                *sum += if value.is_nan() { 0.0 } else { value.abs() };
            }
        }
    }
    sums
}

proptest! {
    #[test]
    fn normalized_columns_sum_to_one(attribution in attributions()) {
        // Over source and prefix together.
        for ids in [&["vnorm"][..], &["subwords", "vnorm"]] {
            for sum in column_sums(&run(&attribution, ids, json!({}))) {
                prop_assert!((sum - 1.0).abs() <= ROUNDING, "{sum}");
            }
        }
    }

    #[test]
    fn spans_keep_sums_if_they_add_up(attribution in attributions(), start in 0..4usize) {
        let spans = json!({"source_spans": [start, start + 2], "aggregate_fn": "sum"});
        let merged = run(&attribution, &["spans"], spans);
        let total = |attribution: &Attribution| -> f32 {
            attribution.source_attributions.as_ref().unwrap().values.iter().sum()
        };
        prop_assert_eq!(merged.source.len(), N_SOURCE - 1);
        prop_assert!((total(&merged) - total(&attribution)).abs() <= ROUNDING);
        // Of the source only: targets are as they were.
        prop_assert_eq!(merged.step_scores, attribution.step_scores);
    }

    #[test]
    fn words_keep_the_largest_magnitude_and_all_information(attribution in attributions()) {
        let words = run(&attribution, &["subwords"], json!({}));
        prop_assert_eq!(words.largest_magnitude(), attribution.largest_magnitude());
        let sum = |attribution: &Attribution| attribution.step_scores["entropy"].iter().sum::<f32>();
        prop_assert!((sum(&words) - sum(&attribution)).abs() <= ROUNDING);
        let text = |tokens: &[Token]| -> String {
            tokens.iter().map(|token| token.token.as_str()).collect()
        };
        prop_assert_eq!(text(&words.source), text(&attribution.source));
        prop_assert_eq!(text(&words.target), text(&attribution.target));
    }

    #[test]
    fn slices_change_no_number(attribution in attributions(), start in 0..4usize) {
        let spans = json!({"source_spans": [start, start + 2]});
        let sliced = run(&attribution, &["slices"], spans).source_attributions.unwrap();
        let whole = attribution.source_attributions.unwrap();
        let rows = start * N_TARGETS..(start + 2) * N_TARGETS;
        prop_assert_eq!(&sliced.values, &whole.values[rows]);
    }

    #[test]
    fn nothing_changes_from_a_thing_to_itself(attribution in attributions()) {
        let change = pair(&attribution, &attribution).unwrap();
        prop_assert_eq!(change.largest_magnitude(), 0.0);
        prop_assert!(change.step_scores["entropy"].iter().all(|value| *value == 0.0));
    }

    #[test]
    fn changes_add_up(first in attributions(), second in attributions()) {
        let same_words = Attribution {
            source: first.source.clone(),
            target: first.target.clone(),
            ..second
        };
        let there = pair(&first, &same_words).unwrap().source_attributions.unwrap();
        let back = pair(&same_words, &first).unwrap().source_attributions.unwrap();
        let sums = there.values.iter().zip(&back.values).map(|(there, back)| there + back);
        prop_assert!(sums.into_iter().all(|sum| sum == 0.0));
    }
}

#[test]
fn no_stage_is_no_change() {
    let stages = stages_from_ids::<&str>(&[], &Map::new()).unwrap();
    assert!(stages.is_empty());
}
