//! Texts that cannot be attributed.

use cli::Outcome;
use inseq_tests::command_line::inseq;

use crate::expect::{model, refused, says};

#[test]
fn an_empty_text_is_refused() {
    for family in ["gpt2", "marian"] {
        for text in ["", "  \n"] {
            says(
                &refused(family, &["-i", text]),
                &["the input text is empty"],
            );
        }
    }
}

#[test]
fn a_text_that_is_too_long_says_by_how_many_tokens() {
    let long = "nurse ".repeat(200);
    for (family, what) in [("gpt2", "text"), ("marian", "source text")] {
        let said = refused(family, &["-i", &long]);
        let words: Vec<&str> = said.split_whitespace().collect();
        let number = |before: &str| -> usize {
            let index = words.iter().position(|word| *word == before).unwrap();
            words[index + 1].parse().unwrap()
        };
        says(
            &said,
            &[&format!("the {what} has"), "more than the model's 128"],
        );
        let n_over = number("by");
        assert_eq!(number("has"), 128 + n_over, "{said}");
        says(&said, &[&format!("shorten the {what} by {n_over} tokens")]);
    }
}

#[test]
fn an_output_that_is_too_long_says_so_too() {
    let long = "nurse ".repeat(200);
    let said = refused("marian", &["-i", "A nurse.", "-g", &long]);
    says(&said, &["the output has", "more than the model's 128"]);
    let said = refused("gpt2", &["-i", "nurse", "-g", &long]);
    says(&said, &["the text has", "more than the model's 128"]);
}

#[test]
fn an_output_must_continue_its_prompt() {
    let said = refused("gpt2", &["-i", "The nurse", "-g", "The doctor said"]);
    says(
        &said,
        &[
            "does not continue the prompt",
            "from character 5 on",
            "hint:",
        ],
    );
    let said = refused("gpt2", &["-i", "The nurse", "-g", ""]);
    says(
        &said,
        &["does not continue the prompt", "from character 1 on"],
    );
}

#[test]
fn an_output_that_adds_nothing_is_refused() {
    let said = refused("gpt2", &["-i", "The nurse", "-g", "The nurse"]);
    says(&said, &["nothing to attribute"]);
}

#[test]
fn positions_outside_the_output_are_refused() {
    let texts = ["-i", "The nurse", "-g", "The nurse said that"];
    let refused = |more: &[&str]| refused("gpt2", &[&texts, more].concat());
    says(&refused(&["-s", "-100"]), &["attr_pos_start is -100"]);
    says(&refused(&["-e", "-100"]), &["attr_pos_end is -100"]);
    says(&refused(&["-s", "50"]), &["nothing to attribute"]);
    says(&refused(&["-e", "1"]), &["nothing to attribute"]);
}

#[test]
fn one_bad_text_does_not_take_the_others_with_it() {
    let model = model("gpt2");
    let said = inseq(
        [
            &[
                "attribute",
                "-m",
                &model,
                "-i",
                "The nurse",
                "  ",
                "The baker",
            ][..],
            &["--generation_kwargs", r#"{"max_new_tokens": 2}"#],
        ]
        .concat(),
    );
    assert_eq!(said.outcome, Outcome::Failure);
    says(&said.stderr, &["text 2 of 3: the input text is empty"]);
    says(&said.stdout, &["nurse", "baker"]);
}

#[test]
fn a_missing_model_is_complained_of_once() {
    let said = inseq(["attribute", "-m", "nowhere", "-i", "A", "B", "C"]);
    assert_eq!(said.outcome, Outcome::Failure);
    assert_eq!(said.stderr.matches("there is no model folder").count(), 1);
}

#[test]
fn text_that_steers_a_terminal_does_not() {
    let said = inseq(["attribute", "-m", "no\u{1B}[2Jwhere", "-i", "A"]);
    assert!(!said.stderr.contains('\u{1B}'), "{:?}", said.stderr);
    let text = "The nurse\u{1B}[2J said";
    let shown = crate::expect::attributed("gpt2", &["-i", "The nurse", "-g", text]);
    assert!(!shown.contains('\u{1B}'), "{shown:?}");
}
