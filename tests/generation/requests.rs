//! Generation as a request of the engine.

use attribution_output::{AttributionOutput, from_inseq_json};
use inseq_tests::tiny_models::{carry_out, files_of, loaded, tiny_models};
use protocol::{
    AttributeRequest, EarlyStopping, Event, Failure, GenerateRequest, GeneratedOutput, Stage,
    TokenIds, Work,
};
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

fn generated(request: GenerateRequest) -> Result<GeneratedOutput, Failure> {
    let mut events = carry_out(Work::Generate(Box::new(request)));
    match events.pop() {
        Some(Event::Generated(output)) => Ok(output),
        Some(Event::Failed(failure)) => Err(failure),
        other => panic!("not an answer: {other:?}"),
    }
}

/// A request to attribute what the other one generates.
fn attributing(asked: &GenerateRequest) -> AttributeRequest {
    let mut request = AttributeRequest::new(&asked.model, &asked.input_text);
    request.generation = asked.generation.clone();
    request
}

#[test]
fn what_is_generated_is_what_would_be_attributed() {
    for (model, text) in [
        ("demo-gpt2", "The capital of France is"),
        ("demo-mt-en-fr", TEXT),
    ] {
        let mut asked = GenerateRequest::new(model, text);
        asked.generation.num_beams = Some(3);
        asked.generation.max_new_tokens = Some(6);
        // Of an attributed text, special tokens are left out if there is a source.
        asked.skip_special_tokens = model == "demo-mt-en-fr";
        let output = made(attributing(&asked)).expect("it can be attributed");
        let found = generated(asked).expect("it can be generated");
        assert_eq!(output.info["generated_texts"], json!([found.text]));
        let sequence = &output.sequences[0];
        assert_eq!(found.n_given, sequence.attr_pos_start, "{model}");
        let ids: Vec<i64> = sequence.target.iter().map(|token| token.id).collect();
        let found: Vec<i64> = found.tokens.iter().map(|it| i64::from(it.id)).collect();
        assert_eq!(found, ids, "{model}");
    }
}

#[test]
fn generating_tells_how_far_it_is_and_attributes_nothing() {
    let asked = GenerateRequest::new("demo-gpt2", "The capital of France is");
    let events = carry_out(Work::Generate(Box::new(asked)));
    let stages: Vec<Stage> = events
        .iter()
        .filter_map(|event| match event {
            Event::Progress { stage, .. } => Some(*stage),
            _ => None,
        })
        .collect();
    assert!(stages.contains(&Stage::Generate), "{stages:?}");
    assert!(!stages.contains(&Stage::Attribute), "{stages:?}");
}

#[test]
fn special_tokens_and_prompt_are_left_out_as_asked() {
    let prompt = "The capital of France is";
    let text = |model: &str, text: &str, skips_special_tokens, is_without_prompt| {
        let mut asked = GenerateRequest::new(model, text);
        asked.skip_special_tokens = skips_special_tokens;
        asked.output_generated_only = is_without_prompt;
        generated(asked).expect("it can be generated").text
    };
    let plain = text("demo-gpt2", prompt, true, false);
    assert_eq!(plain, format!("{prompt} Paris."));
    let whole = text("demo-gpt2", prompt, false, false);
    assert_eq!(whole, format!("{plain}<|endoftext|>"));
    assert_eq!(text("demo-gpt2", prompt, true, true), " Paris.");

    let plain = text("demo-mt-en-fr", TEXT, true, false);
    assert!(!plain.contains('<'), "{plain}");
    let whole = text("demo-mt-en-fr", TEXT, false, false);
    assert_eq!(whole, format!("<pad> {plain}</s>"));
    // The output of a model with a source has no prompt in it.
    assert_eq!(text("demo-mt-en-fr", TEXT, false, true), whole);
}

#[test]
fn what_cannot_be_generated_is_refused_as_an_attribution_refuses_it() {
    let mut bad_temperature = GenerateRequest::new("demo-nothing", TEXT);
    bad_temperature.generation.temperature = Some(0.0);
    let mut unknown_token = GenerateRequest::new("demo-mt-en-fr", TEXT);
    unknown_token.generation.bad_words_ids = Some(vec![vec![100_000]]);
    let empty_text = GenerateRequest::new("demo-nothing", " ");
    let unknown_model = GenerateRequest::new("demo-nothing", TEXT);
    for (asked, expected) in [
        (bad_temperature, "temperature must be above 0"),
        (unknown_token, "bad_words_ids must be tokens"),
        (empty_text, "the input text is empty"),
        (unknown_model, "demo-nothing"),
    ] {
        let refused = made(attributing(&asked)).expect_err("it cannot be attributed");
        let failure = generated(asked).expect_err("it cannot be generated");
        assert!(failure.message.contains(expected), "{}", failure.message);
        assert_eq!(failure, refused);
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
