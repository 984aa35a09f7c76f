//! Names, options and values that do not exist: the known are listed, the near one
//! is suggested.

use cli::Outcome;
use inseq_tests::command_line::inseq;

use crate::expect::{attributed, refused, refused_line, says};

const TEXT: [&str; 4] = ["-i", "The nurse", "-g", "The nurse said"];

fn refused_with(more: &[&str]) -> String {
    refused("gpt2", &[&TEXT, more].concat())
}

#[test]
fn an_unknown_method_lists_the_known_and_the_near_one() {
    let said = refused_with(&["-a", "salency"]);
    says(&said, &["salency", "'saliency'", "integrated_gradients"]);
}

#[test]
fn an_unknown_step_function_lists_the_known_and_the_near_one() {
    let said = refused_with(&["-fn", "probabilty"]);
    says(&said, &["probabilty", "'probability'", "entropy"]);
    let said = refused_with(&["--step_scores", "logit", "entrpy"]);
    says(&said, &["entrpy", "'entropy'", "probability"]);
}

#[test]
fn an_unknown_option_suggests_the_near_one() {
    says(
        &refused_with(&["--attributed_function", "logit"]),
        &["--attributed_function", "--attributed_fn"],
    );
}

#[test]
fn an_unknown_keyword_lists_the_known_and_the_near_one() {
    let keywords =
        |json| refused_with(&["-a", "integrated_gradients", "--attribution_kwargs", json]);
    says(
        &keywords(r#"{"n_step": 4}"#),
        &["n_step", "did you mean \"n_steps\"?", "internal_batch_size"],
    );
    says(
        &keywords(r#"{"attribution_args": {"n_step": 4}}"#),
        &["n_step", "did you mean \"n_steps\"?"],
    );
}

#[test]
fn a_value_out_of_range_is_told_the_range() {
    let keywords =
        |json| refused_with(&["-a", "integrated_gradients", "--attribution_kwargs", json]);
    says(
        &keywords(r#"{"n_steps": 0}"#),
        &["n_steps", "a whole number from 1 to 1000", "found 0"],
    );
    says(
        &keywords(r#"{"n_steps": "many"}"#),
        &["n_steps", "a whole number from 1 to 1000", "many"],
    );
    says(
        &keywords(r#"{"attribution_args": {"method": "simpson"}}"#),
        &["method", "gausslegendre", "riemann_trapezoid", "simpson"],
    );
}

#[test]
fn options_that_are_no_json_object_are_refused() {
    says(
        &refused_with(&["--attribution_kwargs", "n_steps=4"]),
        &["--attribution_kwargs", "write an object"],
    );
    refused_with(&["--attribution_kwargs", "[1]"]);
    refused_with(&["--attribution_kwargs", "{"]);
}

#[test]
fn generation_that_is_not_there_is_refused() {
    let said = refused(
        "gpt2",
        &["-i", "A", "--generation_kwargs", r#"{"max_new_tokens": 0}"#],
    );
    says(
        &said,
        &["generation setting max_new_tokens must be at least 1, found 0"],
    );
    let said = refused(
        "gpt2",
        &["-i", "A", "--generation_kwargs", r#"{"tempo": 1}"#],
    );
    says(&said, &["tempo"]);
}

#[test]
fn as_many_outputs_as_inputs_are_wanted() {
    let said = refused("gpt2", &["-i", "A", "B", "-g", "A b"]);
    says(&said, &["--generated_texts has 1", "--input_texts has 2"]);
}

#[test]
fn a_command_that_is_not_there_suggests_the_near_one() {
    says(&refused_line(&["atribute"]), &["atribute", "attribute"]);
}

#[test]
fn what_makes_no_sense_is_told_apart_from_what_fails() {
    let usage = inseq(["attribute", "-m", "nowhere", "-i", "A", "-a", "none"]);
    assert_eq!(usage.outcome, Outcome::Usage);
    let failure = inseq(["attribute", "-m", "nowhere", "-i", "A"]);
    assert_eq!(failure.outcome, Outcome::Failure);
}

#[test]
fn help_lists_what_the_engine_describes() {
    let help = inseq(["attribute", "--help"]);
    assert_eq!(help.outcome, Outcome::Success);
    let methods = inseq(["methods"]);
    assert_eq!(methods.outcome, Outcome::Success);
    let described = engine::description();
    for method in &described.methods {
        says(&help.stdout, &[&method.id]);
        says(&methods.stdout, &[&method.id, &method.paper_url]);
        for option in &method.options {
            says(&methods.stdout, &[&option.id]);
        }
    }
    for function in &described.step_functions {
        says(&help.stdout, &[&function.id]);
        says(&methods.stdout, &[&function.id]);
    }
    says(
        &refused_line(&["methods", "salency"]),
        &["salency", "saliency"],
    );
}

#[test]
fn options_have_the_names_that_inseq_gives_them() {
    let help = inseq(["attribute", "--help"]).stdout;
    for option in [
        "--model_name_or_path",
        "--input_texts",
        "--generated_texts",
        "--generate_from_target_prefix",
        "--generation_kwargs",
        "--attribution_method",
        "--attributed_fn",
        "--attribution_kwargs",
        "--step_scores",
        "--attribute_target",
        "--include_eos_baseline",
        "--start_pos",
        "--end_pos",
        "--save_path",
        "--viz_path",
        "--hide_attributions",
        "--verbose",
        "--very_verbose",
        "--device",
    ] {
        says(&help, &[option]);
    }
}

#[test]
fn a_text_that_looks_like_an_option_is_told_how_to_be_none() {
    let said = refused("gpt2", &["-i", "-5 degrees"]);
    says(&said, &["--input_texts='-5 degrees'"]);
    crate::expect::attributed("gpt2", &["--input_texts=-5 degrees"]);
}

#[test]
fn a_step_function_of_ones_own_is_attributed_and_reported() {
    let formula = [
        "--custom_step_functions",
        r#"{"surprise": "-lp", "odds": "p / p_c"}"#,
    ];
    let contrast = [
        "--attribution_kwargs",
        r#"{"contrast_targets": "The nurse went"}"#,
    ];
    let functions = ["-fn", "surprise", "--step_scores", "odds", "surprise"];
    let shown = attributed(
        "gpt2",
        &[&TEXT[..], &formula, &contrast, &functions].concat(),
    );
    says(&shown, &["odds", "surprise"]);

    let cannot = |json: &str| refused_with(&["--custom_step_functions", json]);
    says(
        &cannot(r#"{"surprise": 3}"#),
        &["surprise", "not a formula"],
    );
    says(&cannot(r#"{"surprise": "-lq"}"#), &["surprise", "lq"]);
    says(&cannot(r#"{"logit": "-lp"}"#), &["logit", "not taken"]);
}
