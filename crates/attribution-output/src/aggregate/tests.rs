use std::collections::BTreeMap;

use serde_json::{Map, json};

use super::*;
use crate::attribution::tests::small_attribution;
use crate::{Scores, Spelling, Token};

fn tokens(texts: &[&str]) -> Vec<Token> {
    let token = |(id, text): (usize, &&str)| Token::new(id as i64, *text);
    texts.iter().enumerate().map(token).collect()
}

/// A translation of three source tokens into four, after a start token.
pub(crate) fn five_tokens() -> Attribution {
    let source = [[1, 2, 3, 4], [5, 6, 7, 8], [-9, -10, -11, -12]];
    let source = source
        .concat()
        .into_iter()
        .map(|value: i8| f32::from(value));
    let prefix = (0..5).flat_map(|row| (1..5).map(move |target| (row, target)));
    let known = |(row, target)| if row < target { 1.0 } else { f32::NAN };
    Attribution {
        kind: Kind::Coarse,
        spelling: Spelling::SentencePiece,
        source: tokens(&["▁A", "b", "</s>"]),
        target: tokens(&["<pad>", "▁c", "d", "▁e", "</s>"]),
        source_attributions: Scores::matrix(3, 4, source.collect()).ok(),
        target_attributions: Scores::matrix(5, 4, prefix.map(known).collect()).ok(),
        step_scores: BTreeMap::from([
            ("probability".to_owned(), vec![0.25, 0.5, 0.125, 1.0]),
            ("entropy".to_owned(), vec![1.0, 2.0, 3.0, 4.0]),
            ("logit".to_owned(), vec![1.0, -2.0, 3.0, -4.0]),
        ]),
        sequence_scores: BTreeMap::new(),
        attr_pos_start: 1,
        attr_pos_end: 5,
    }
}

/// A prompt of three tokens and two that follow.
pub(crate) fn decoder_only() -> Attribution {
    let none = f32::NAN;
    let values = vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0, none, 7.0, none, none];
    Attribution {
        kind: Kind::Coarse,
        spelling: Spelling::ByteLevel,
        source: tokens(&["a", "Ġb", "Ġc"]),
        target: tokens(&["a", "Ġb", "Ġc", "Ġd", "Ġe"]),
        source_attributions: None,
        target_attributions: Scores::matrix(5, 2, values).ok(),
        step_scores: BTreeMap::new(),
        sequence_scores: BTreeMap::new(),
        attr_pos_start: 3,
        attr_pos_end: 5,
    }
}

/// Two source tokens for one target, `[2, 1, layers 2, heads 2]`.
pub(crate) fn two_layers_of_two_heads() -> Attribution {
    let axes = vec![Axis::Inputs, Axis::Targets, Axis::Layers, Axis::Heads];
    let numbers = |n: u8| (0..n).map(f32::from).collect();
    let mut attribution = small_attribution(&[0.0, 0.0], &[0.0, 0.0]);
    attribution.kind = Kind::MultiDimensional;
    attribution.source_attributions = Scores::new(axes, vec![2, 1, 2, 2], numbers(8)).ok();
    attribution.target_attributions = None;
    let axes = vec![Axis::Inputs, Axis::Inputs, Axis::Layers, Axis::Heads];
    let square = Scores::new(axes, vec![2, 2, 2, 2], numbers(16)).unwrap();
    attribution
        .sequence_scores
        .insert("encoder_self_attentions".to_owned(), square);
    attribution
}

/// A matrix, column by column.
pub(crate) fn columns(scores: &Scores) -> Vec<Vec<f32>> {
    let [n_rows, n_columns] = scores.shape[..] else {
        panic!("{:?} is not a matrix", scores.shape);
    };
    let column = |column| {
        let rows = (0..n_rows).map(move |row| scores.values[row * n_columns + column]);
        rows.collect()
    };
    (0..n_columns).map(column).collect()
}

fn stages(ids: &[&str], arguments: serde_json::Value) -> Vec<Stage> {
    stages_from_ids(ids, arguments.as_object().unwrap()).unwrap()
}

fn run_ids(attribution: &Attribution, ids: &[&str]) -> Result<Attribution> {
    let stages = stages_from_ids(ids, &Map::new())?;
    aggregate_with(attribution, &stages, Compatibility::Corrected)
}

#[test]
fn aggregating_twice_changes_nothing() {
    let raw = small_attribution(&[1.0, -2.0], &[0.3, f32::NAN]);
    let once = aggregate(&raw).unwrap();
    let twice = aggregate(&once).unwrap();
    assert!(once.is_close(&twice));
    assert_eq!(once.kind, Kind::Coarse);
}

#[test]
fn granular_scores_become_norms_that_sum_to_one() {
    let mut raw = small_attribution(&[0.0, 0.0], &[0.0, 0.0]);
    let axes = vec![Axis::Inputs, Axis::Targets, Axis::Hidden];
    let values = vec![3.0, 4.0, 0.0, 5.0];
    raw.source_attributions = Some(Scores::new(axes, vec![2, 1, 2], values).unwrap());
    raw.target_attributions = None;
    let aggregated = aggregate(&raw).unwrap().source_attributions.unwrap();
    assert_eq!(aggregated.shape, [2, 1]);
    assert_eq!(aggregated.values, [0.5, 0.5]);
}

#[test]
fn granular_scores_of_all_layers_are_averaged_over_them() {
    let mut raw = small_attribution(&[0.0, 0.0], &[0.0, 0.0]);
    let axes = vec![Axis::Inputs, Axis::Targets, Axis::Layers, Axis::Hidden];
    let values = vec![3.0, 4.0, 1.0, 0.0, 0.0, 5.0, 0.0, 3.0];
    raw.source_attributions = Some(Scores::new(axes, vec![2, 1, 2, 2], values).unwrap());
    raw.target_attributions = None;
    let aggregated = aggregate(&raw).unwrap().source_attributions.unwrap();
    // Shares 1/2 and 1/4 of the two layers, 1/2 and 3/4 of the other token.
    assert_eq!(aggregated.values, [0.375, 0.625]);
    let folded = run_ids(&raw, &["vnorm"]).unwrap();
    assert_eq!(folded.kind, Kind::MultiDimensional);
    assert_eq!(folded.source_attributions.unwrap().shape, [2, 1, 2]);
}

#[test]
fn one_head_of_one_layer_can_be_chosen() {
    let raw = two_layers_of_two_heads();
    let layer = select_index(&raw, Axis::Layers, 1).unwrap();
    let head = select_index(&layer, Axis::Heads, 0).unwrap();
    assert_eq!(head.source_attributions.unwrap().values, [2.0, 6.0]);
}

#[test]
fn the_order_of_stages_matters() {
    let attribution = Attribution {
        kind: Kind::Granular,
        ..five_tokens()
    };
    let sum_of_column = |ids: &[&str]| {
        let aggregated = run_ids(&attribution, ids).unwrap();
        let parts = [
            aggregated.source_attributions,
            aggregated.target_attributions,
        ];
        let first = parts
            .map(|part| columns(&part.unwrap())[0].clone())
            .concat();
        first
            .into_iter()
            .filter(|value| !value.is_nan())
            .map(f32::abs)
            .sum::<f32>()
    };
    assert!((sum_of_column(&["subwords", "vnorm"]) - 1.0).abs() < 2.0 * f32::EPSILON);
    assert!(sum_of_column(&["vnorm", "subwords"]) < 1.0);
}

#[test]
fn pairs_are_aggregated_before_they_are_compared() {
    let first = five_tokens();
    let mut second = first.clone();
    second.source[0].token = "▁Z".to_owned();
    let pairs = |ids: &[&str]| {
        let stages = stages(ids, json!({}));
        aggregate_pair(&first, &second, &stages, Compatibility::Corrected).unwrap()
    };
    for ids in [&["subwords"][..], &["subwords", "pair"]] {
        let pair = pairs(ids);
        assert_eq!(pair.source[0].token, "▁Ab → ▁Zb");
        assert_eq!(pair.largest_magnitude(), 0.0);
    }
    assert_eq!(pairs(&["pair", "subwords"]).source[0].token, "▁A → ▁Zb");
    let error = run_ids(&first, &["pair"]).unwrap_err().to_string();
    assert_eq!(error, "pair: a second attribution is needed");
}

#[test]
fn an_attribution_that_contradicts_itself_is_not_aggregated() {
    let mut attribution = five_tokens();
    attribution
        .step_scores
        .insert("entropy".to_owned(), vec![1.0]);
    let error = run_ids(&attribution, &["subwords"])
        .unwrap_err()
        .to_string();
    assert_eq!(error, "step_scores.entropy: expected 4 values, found 1");
    let mut attribution = five_tokens();
    attribution
        .source_attributions
        .as_mut()
        .unwrap()
        .values
        .pop();
    assert!(run_ids(&attribution, &["subwords"]).is_err());
}

#[test]
fn an_output_keeps_what_was_done_to_it() {
    let output = AttributionOutput {
        info: Map::new(),
        sequences: vec![two_layers_of_two_heads()],
    };
    let stages = stages(
        &["max", "mean"],
        json!({"normalize": false, "select_idx": [0, 1]}),
    );
    let aggregated = output.aggregate(&stages, Compatibility::Corrected).unwrap();
    assert_eq!(
        aggregated.info[AGGREGATION],
        "max of 0, 1; then mean of 0, 1"
    );
    assert_eq!(aggregated.sequences[0].kind, Kind::Coarse);
}
