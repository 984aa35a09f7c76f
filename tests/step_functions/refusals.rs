//! Contrasts and formulas that cannot be used are refused in words with a way out.

use protocol::{AttributeRequest, OptionValue};
use serde_json::{Value, json};

use crate::asking::{answer, request};

fn gpt2() -> AttributeRequest {
    request(
        "gpt2",
        "The developer argued",
        "The developer argued with the designer",
    )
}

fn marian() -> AttributeRequest {
    request(
        "marian",
        "Her idea cannot be implemented.",
        "Le développeur est la.",
    )
}

fn reported(mut asked: AttributeRequest, function: &str, args: &Value) -> AttributeRequest {
    asked.step_scores = vec![function.to_owned()];
    asked.step_scores_args = serde_json::from_value(args.clone()).unwrap();
    asked
}

#[track_caller]
fn refused(asked: AttributeRequest, words: &[&str]) {
    let found = answer(asked).expect_err("this is refused");
    for word in words {
        assert!(found.contains(word), "no \"{word}\" in: {found}");
    }
}

#[test]
fn an_alignment_outside_of_the_texts() {
    let args = json!({
        "contrast_targets": "The developer argued with her",
        "contrast_targets_alignments": [[4, 99]],
    });
    let words = ["[4, 99]", "contrast_targets_alignments", "count from 0"];
    refused(reported(gpt2(), "contrast_prob", &args), &words);
}

#[test]
fn an_alignment_that_is_none() {
    for wrong in [json!("left"), json!([[1]]), json!([[1, -2]]), json!(3)] {
        let args = json!({"contrast_targets": "The end", "contrast_targets_alignments": wrong});
        let words = ["contrast_targets_alignments", "list of pairs"];
        refused(reported(gpt2(), "contrast_prob", &args), &words);
    }
}

#[test]
fn an_alignment_with_nothing_to_align() {
    let args = json!({"contrast_targets_alignments": "auto"});
    refused(
        reported(gpt2(), "contrast_prob", &args),
        &["without contrast_targets"],
    );
}

#[test]
fn a_contrast_source_for_a_model_without_a_source() {
    let args = json!({"contrast_sources": "The end"});
    refused(
        reported(gpt2(), "contrast_prob", &args),
        &["contrast_sources", "beginning of contrast_targets"],
    );
}

#[test]
fn a_target_against_the_decoders_start() {
    let args = json!({
        "contrast_targets": "Le développeur est le concepteur.",
        "contrast_targets_alignments": [[1, 0]],
    });
    refused(
        reported(marian(), "contrast_prob", &args),
        &["position 1", "position 0"],
    );
}

#[test]
fn an_empty_contrast() {
    let args = json!({"contrast_targets": " "});
    refused(
        reported(gpt2(), "contrast_prob", &args),
        &["contrast_targets", "empty"],
    );
}

#[test]
fn a_contrast_longer_than_the_model_reads() {
    let args = json!({"contrast_targets": "The developer argued. ".repeat(100)});
    refused(
        reported(gpt2(), "contrast_prob", &args),
        &["tokens", "shorten"],
    );
}

#[test]
fn runs_compared_that_are_one() {
    let mut asked = gpt2();
    asked.attributed_fn = "kl_divergence".to_owned();
    refused(asked, &["kl_divergence", "contrast_force_inputs"]);
}

#[test]
fn a_size_that_must_be_given() {
    refused(reported(gpt2(), "top_p_size", &json!({})), &["top_p"]);
}

#[test]
fn a_function_without_gradients() {
    let mut asked = gpt2();
    asked.attributed_fn = "top_p_size".to_owned();
    asked
        .attributed_fn_args
        .insert("top_p".to_owned(), OptionValue::Number(0.5));
    refused(asked.clone(), &["top_p_size", "no gradient", "occlusion"]);
    asked.method = "occlusion".to_owned();
    answer(asked).expect("occlusion needs none");
}

#[test]
fn formulas_that_cannot_be_read() {
    for (formula, word) in [
        ("lp -", "end"),
        ("lp + surprise", "surprise"),
        ("(lp", ")"),
        ("", "end"),
        ("max(lp)", "max"),
    ] {
        let mut asked = gpt2();
        let formulas = &mut asked.custom_step_functions;
        formulas.insert("mine".to_owned(), formula.to_owned());
        refused(asked, &["mine", word]);
    }
    let mut asked = gpt2();
    let deep = "(".repeat(100_000);
    asked.custom_step_functions.insert("mine".to_owned(), deep);
    refused(asked, &["mine"]);
}

#[test]
fn names_that_are_taken_or_none() {
    for name in ["probability", "", "my function", "0"] {
        let mut asked = gpt2();
        let formulas = &mut asked.custom_step_functions;
        formulas.insert(name.to_owned(), "lp".to_owned());
        refused(asked, &["letters"]);
    }
}
