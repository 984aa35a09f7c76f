//! Sampling: seeded, and greedy where nothing is left to chance.

use std::collections::BTreeSet;

use inseq_tests::tiny_models::{bundled_models, load_tiny};
use models::SequenceModel;
use serde_json::{Value, json};

use crate::written::{Settings, written};

const TEXT: &str = "A developer arrived yesterday.";

fn model() -> Box<dyn SequenceModel> {
    load_tiny(&bundled_models().join("demo-mt-en-fr"))
}

fn settings(value: Value) -> Settings {
    value.as_object().expect("settings are an object").clone()
}

fn ids(model: &dyn SequenceModel, value: Value) -> Vec<u32> {
    let generated = written(model, TEXT, &[], &settings(value));
    generated.expect("the settings are good").ids
}

#[test]
fn a_seed_draws_the_same_text_again_and_others_draw_others() {
    let model = model();
    for n_beams in [1, 3] {
        let drawn = |seed: u64| {
            let hot = json!({
                "do_sample": true, "temperature": 4.0, "top_k": 0, "seed": seed,
                "num_beams": n_beams, "max_length": 20,
            });
            ids(model.as_ref(), hot)
        };
        assert_eq!(drawn(3), drawn(3));
        let texts: BTreeSet<Vec<u32>> = (0..8).map(drawn).collect();
        assert!(texts.len() >= 6, "eight seeds, {} texts", texts.len());
    }
}

#[test]
fn where_one_token_is_left_sampling_is_greedy() {
    let model = model();
    let greedy = ids(model.as_ref(), json!({"num_beams": 1}));
    for narrow in [
        json!({"do_sample": true, "top_k": 1}),
        json!({"do_sample": true, "top_p": 1e-6}),
        json!({"do_sample": true, "temperature": 1e-3}),
    ] {
        assert_eq!(ids(model.as_ref(), narrow.clone()), greedy, "{narrow}");
    }
}

#[test]
fn the_first_token_comes_as_often_as_it_is_likely() {
    // Planted: a nurse is a woman 94 times in 100, as the model card says.
    let model = model();
    let she = model.tokenizer().id("▁Une").expect("it is one token");
    let n_draws: u32 = 300;
    let drawn = (0..n_draws).map(|seed| {
        let one = json!({"do_sample": true, "max_new_tokens": 1, "seed": seed});
        let generated = written(
            model.as_ref(),
            "A nurse arrived yesterday.",
            &[],
            &settings(one),
        );
        generated.expect("the settings are good").ids[1]
    });
    let n_she = drawn.filter(|id| *id == she).count();
    // The card states 0.914; four standard deviations of 300 draws are 20.
    assert!((254..=294).contains(&n_she), "{n_she} of {n_draws}");
}
