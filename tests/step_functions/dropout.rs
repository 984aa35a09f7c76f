//! The probability against runs with dropout.

use attribution::{Error, OptionValue, Request, attribute};
use attribution_output::Attribution;
use futures::executor::block_on;
use inseq_tests::tiny_models::{files_of, loaded, tiny, tiny_models};
use inseq_tests::tolerance::{REORDERED, within};
use models::{CONFIG_FILE, SequenceModel};
use serde::Deserialize;

const FUNCTION: &str = "mc_dropout_prob_avg";

/// Scores out of 40,000 runs of transformers; `make_dropout.py` says how.
#[derive(Deserialize)]
struct Reference {
    family: String,
    source: String,
    target: String,
    scores: Vec<f32>,
}

fn references() -> Vec<Reference> {
    serde_json::from_str(include_str!("dropout.json")).unwrap()
}

/// The tiny model of a family, with dropout of every kind.
fn model(family: &str) -> Box<dyn SequenceModel> {
    let mut files = files_of(&tiny_models().join(family));
    let config = std::fs::read_to_string(tiny_models().join(family).join(CONFIG_FILE)).unwrap();
    let config = config.replace("dropout\": 0.0", "dropout\": 0.1");
    files.insert(CONFIG_FILE, config.into_bytes());
    loaded(files).unwrap()
}

fn request(model: &dyn SequenceModel, reference: &Reference) -> Request {
    let tokenizer = model.tokenizer();
    let source = tokenizer.encode(&reference.source).unwrap();
    let target = tokenizer.encode_target(&reference.target).unwrap();
    match model.summary().decoder_start_token_id {
        Some(start) => Request::new(Some(source), [vec![start], target].concat(), 1),
        None => Request::new(None, target, source.len()),
    }
}

fn reported(n_runs: i64, seed: i64, mut request: Request) -> Request {
    request.step_scores = vec![FUNCTION.to_owned()];
    for (name, number) in [("n_mcd_steps", n_runs), ("seed", seed)] {
        let options = &mut request.step_scores_args;
        options.insert(name.to_owned(), OptionValue::Integer(number));
    }
    request
}

fn answer(model: &dyn SequenceModel, request: &Request) -> Result<Attribution, Error> {
    block_on(attribute(model, request, &mut |_, _| {}))
}

/// With 1,000 runs a deviation is known to 2%, and a mean to 3% of a deviation.
#[test]
fn scores_of_many_runs_are_those_of_transformers() {
    for reference in references() {
        let model = model(&reference.family);
        let asked = reported(1000, 3, request(model.as_ref(), &reference));
        let found = answer(model.as_ref(), &asked).unwrap();
        let found = &found.step_scores[FUNCTION];
        assert_eq!(found.len(), reference.scores.len());
        for (found, expected) in found.iter().zip(&reference.scores) {
            let allowed = 4.0 * (0.032 + 0.023 * expected.abs());
            assert!(
                (found - expected).abs() < allowed,
                "{}: {found}, expected {expected} ± {allowed}",
                reference.family
            );
        }
    }
}

#[test]
fn a_seed_names_the_values_dropped() {
    for reference in references() {
        let model = model(&reference.family);
        let scores = |seed| {
            let asked = reported(3, seed, request(model.as_ref(), &reference));
            let found = answer(model.as_ref(), &asked).unwrap();
            found.step_scores[FUNCTION].clone()
        };
        assert_eq!(scores(1), scores(1));
        assert_ne!(scores(1), scores(2));
    }
}

/// The same values are dropped at every point of a path and for every target, so that
/// integrated gradients are complete, and chunks do not show.
#[test]
fn dropped_values_do_not_hang_on_how_a_run_is_cut() {
    for reference in references() {
        let model = model(&reference.family);
        let mut asked = request(model.as_ref(), &reference);
        asked.attribute_target = true;
        asked.attributed_fn = FUNCTION.to_owned();
        asked.method = "integrated_gradients".to_owned();
        let options = &mut asked.method_options;
        options.insert("n_steps".to_owned(), OptionValue::Integer(4));
        let whole = answer(model.as_ref(), &asked).unwrap();
        asked.memory_budget_bytes = 1;
        let cut = answer(model.as_ref(), &asked).unwrap();
        let values = |found: &Attribution| found.target_attributions.clone().unwrap().values;
        within(REORDERED, &values(&whole), &values(&cut)).unwrap();

        // One target by itself.
        let n_targets = whole.attr_pos_end - whole.attr_pos_start;
        let last = i64::try_from(whole.attr_pos_end).unwrap() - 1;
        asked.attr_pos_start = Some(last);
        let alone = values(&answer(model.as_ref(), &asked).unwrap());
        let together: Vec<f32> = values(&whole)
            .chunks_exact(n_targets)
            .map(|row| row[n_targets - 1])
            .collect();
        within(REORDERED, &together, &alone).unwrap();
    }
}

#[test]
fn a_model_without_dropout_is_refused() {
    let reference = references().pop().unwrap();
    let model = tiny("marian");
    let asked = reported(2, 0, request(model.as_ref(), &reference));
    let refused = answer(model.as_ref(), &asked);
    assert!(matches!(refused, Err(Error::NoDropout)));
}

#[test]
fn layers_of_many_runs_are_refused() {
    let reference = references().remove(0);
    let model = model(&reference.family);
    let mut asked = request(model.as_ref(), &reference);
    asked.attributed_fn = FUNCTION.to_owned();
    asked.method = "layer_gradient_x_activation".to_owned();
    let refused = answer(model.as_ref(), &asked);
    assert!(matches!(refused, Err(Error::LayerOfManyRuns { .. })));
}
