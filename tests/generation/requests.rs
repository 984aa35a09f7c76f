//! Generation as a request of the engine.

use attribution_output::{AttributionOutput, from_inseq_json};
use inseq_tests::tiny_models::{carry_out, files_of, loaded, tiny_models};
use protocol::{AttributeRequest, EarlyStopping, Event, Failure, TokenIds, Work};
use serde_json::{Value, json};

const TEXT: &str = "The nurse sold her car.";

fn request() -> AttributeRequest {
    AttributeRequest::new("demo-mt-en-fr", TEXT)
}

fn made(request: AttributeRequest) -> Result<AttributionOutput, Failure> {
    let mut events = carry_out(Work::Attribute(request));
    match events.pop() {
        Some(Event::Attributed { inseq_json }) => {
            Ok(from_inseq_json(&inseq_json).expect("we read what we write"))
        }
        Some(Event::Failed(failure)) => Err(failure),
        other => panic!("not an answer: {other:?}"),
    }
}

#[test]
fn settings_travel_and_are_recorded() {
    let mut asked = request();
    asked.generation.num_beams = Some(4);
    asked.generation.early_stopping = Some(EarlyStopping::Word("never".to_owned()));
    asked.generation.forced_eos_token_id = Some(TokenIds::One(0));
    asked.generation.max_new_tokens = Some(4);
    let output = made(asked).expect("the settings are good");
    let args = &output.info["generation_args"];
    assert_eq!(args["num_beams"], json!(4));
    assert_eq!(args["early_stopping"], json!("never"));
    assert_eq!(args["max_new_tokens"], json!(4));
    assert_eq!(args["do_sample"], json!(false));
    // What the model's own config says is in force too.
    assert_eq!(args["bad_words_ids"], json!([[513]]));
    assert!(output.info["generation_score"].is_f64());
    let target = &output.sequences[0].target;
    assert_eq!(target.len(), 5);
    assert_eq!(target[4].token, "</s>");
}

#[test]
fn a_given_output_has_no_generation_args() {
    let mut asked = request();
    asked.generated_text = Some("L'infirmière".to_owned());
    let output = made(asked).expect("it can be attributed");
    assert_eq!(output.info["generation_args"], json!({}));
    assert_eq!(output.info["generation_score"], Value::Null);
    assert_eq!(output.info["constrained_decoding"], json!(true));
}

#[test]
fn a_target_prefix_begins_the_output_and_is_attributed_too() {
    let mut asked = request();
    asked.generated_text = Some("L'infirmier".to_owned());
    asked.generate_from_target_prefix = true;
    let output = made(asked).expect("it can be generated");
    let text = output.info["generated_texts"][0].as_str().expect("a text");
    assert!(
        text.starts_with("L'infirmier") && text.len() > "L'infirmier.".len(),
        "{text}"
    );
    assert_eq!(output.sequences[0].attr_pos_start, 1);
    assert_eq!(output.info["generate_from_target_prefix"], json!(true));
}

#[test]
fn settings_that_mean_nothing_are_refused_before_anything_is_loaded() {
    let mut bad_temperature = request();
    bad_temperature.model = "no such model".to_owned();
    bad_temperature.generation.temperature = Some(0.0);
    let mut bad_word = bad_temperature.clone();
    bad_word.generation.temperature = None;
    bad_word.generation.early_stopping = Some(EarlyStopping::Word("soon".to_owned()));
    let mut no_prefix = bad_temperature.clone();
    no_prefix.generation.temperature = None;
    no_prefix.generate_from_target_prefix = true;
    for (asked, expected) in [
        (
            bad_temperature,
            "generation setting temperature must be above 0, found 0",
        ),
        (bad_word, "early_stopping must be true, false or \"never\""),
        (no_prefix, "there is no generated_text to go on from"),
    ] {
        let failure = made(asked).expect_err("it means nothing");
        assert!(failure.message.contains(expected), "{}", failure.message);
    }
}

#[test]
fn what_does_not_fit_the_model_is_refused_by_name() {
    let mut unknown_token = request();
    unknown_token.generation.bad_words_ids = Some(vec![vec![100_000]]);
    let mut no_target = AttributeRequest::new("demo-gpt2", "The capital of France is");
    no_target.generated_text = Some("The capital of France is Paris".to_owned());
    no_target.generate_from_target_prefix = true;
    let mut everything_forbidden = request();
    let all = (0..514).map(|id| vec![id]).collect();
    everything_forbidden.generation.bad_words_ids = Some(all);
    everything_forbidden.generation.min_new_tokens = Some(3);
    for (asked, expected) in [
        (
            unknown_token,
            "bad_words_ids must be tokens of the vocabulary, found 100000",
        ),
        (
            no_target,
            "generate_from_target_prefix: gpt2 has no target of its own",
        ),
        (
            everything_forbidden,
            "no token may follow the 1 tokens of the text",
        ),
    ] {
        let failure = made(asked).expect_err("it does not fit");
        assert!(failure.message.contains(expected), "{}", failure.message);
    }
}

#[test]
fn a_model_that_wants_what_we_do_not_do_is_not_generated_with() {
    let mut files = files_of(&tiny_models().join("marian"));
    let config = br#"{"num_beams": 4, "num_beam_groups": 2, "diversity_penalty": 0.5}"#;
    files.insert("generation_config.json", config.to_vec());
    let model = loaded(files).expect("it can be loaded");
    let settings = serde_json::Map::new();
    let error = crate::written::written(model.as_ref(), TEXT, &[], &settings).unwrap_err();
    assert_eq!(
        error.to_string(),
        "generation setting diversity_penalty is 0.5, which is not supported"
    );
}
