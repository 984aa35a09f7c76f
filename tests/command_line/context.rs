//! `inseq attribute-context`: what it shows and writes, and what it refuses.

use attribution_output::ContextAttribution;
use cli::Outcome;
use inseq_tests::command_line::inseq;
use inseq_tests::tiny_models::{bundled_models, tiny_models};

use crate::expect::says;

/// The command with a bundled model.
fn with(model: &str, more: &[&str]) -> inseq_tests::command_line::Said {
    let folder = bundled_models().join(model).display().to_string();
    inseq([&["attribute-context", "-m", &folder], more].concat())
}

/// Of a few tokens, none may lie a standard deviation above their mean.
const STORY: [&str; 8] = [
    "--context_sensitivity_std_threshold",
    "0",
    "--input_context_text",
    "George was sick yesterday.",
    "--input_current_text",
    "His colleagues asked him to come to the",
    "--output_current_text",
    "hospital.",
];

#[test]
fn what_hangs_on_a_context_is_shown_and_saved() {
    let folder = tempfile::tempdir().unwrap();
    let (json, html) = (folder.path().join("a.json"), folder.path().join("a.html"));
    let files = [
        "-o",
        json.to_str().unwrap(),
        "--viz_path",
        html.to_str().unwrap(),
    ];
    let said = with("demo-gpt2", &[&STORY[..], &files].concat());
    assert_eq!(said.outcome, Outcome::Success, "{}", said.stderr);
    says(
        &said.stdout,
        &["sick", "hospital", "kl divergence", "0 standard deviations"],
    );

    let saved = std::fs::read_to_string(json).unwrap();
    let found = ContextAttribution::from_json(&saved).unwrap();
    // In the bundled model's world the sick go to the hospital.
    let strongest = &found.cci_scores[0];
    assert_eq!(strongest.cti_idx, 0);
    let scores = strongest.input_context_scores.as_ref().unwrap();
    let most = (0..scores.len())
        .max_by(|a, b| scores[*a].unwrap().total_cmp(&scores[*b].unwrap()))
        .unwrap();
    let tokens = found.input_context_tokens.as_ref().unwrap();
    assert!(tokens[most].contains("sick"), "{tokens:?} {scores:?}");
    assert_eq!(found.info["attributed_fn"], "probability_fn");
    let page = std::fs::read_to_string(html).unwrap();
    assert!(page.contains("<table") && !page.contains("<script"));
}

#[test]
fn an_output_is_generated_in_context() {
    let said = with("demo-gpt2", &STORY[..6]);
    assert_eq!(said.outcome, Outcome::Success, "{}", said.stderr);
    let contrast = ["-fn", "contrast_prob_diff"];
    let said = with("demo-gpt2", &[&STORY[..6], &contrast].concat());
    assert_eq!(said.outcome, Outcome::Success, "{}", said.stderr);
    says(&said.stdout, &["in context", "without"]);
}

#[test]
fn contexts_that_cannot_be_are_refused() {
    for (more, words) in [
        (&["--input_current_text", " "][..], "input_current_text"),
        (&["--input_current_text", "A"], "there is no context"),
        (
            &[&STORY[..], &["--input_template", "{context}"]].concat(),
            "input_template",
        ),
        (
            &[&STORY[..], &["--output_template", "{context} {current}"]].concat(),
            "output_template",
        ),
        (
            &[&STORY[..], &["--context_sensitivity_metric", "entropy"]].concat(),
            "contrast_prob",
        ),
        (
            &[
                &STORY[..],
                &["--contextless_output_next_tokens", "a", "b", "c"],
            ]
            .concat(),
            "contextless_output_next_tokens",
        ),
        (&[&STORY[..], &["-s", "3"]].concat(), "--start_pos"),
    ] {
        let said = with("demo-gpt2", more);
        assert_ne!(said.outcome, Outcome::Success, "{more:?}");
        says(&said.stderr, &["error:", "hint:", words]);
        assert_eq!(said.stdout, "");
    }
}

/// Whatever the texts are, there is a result or a complaint.
#[test]
fn odd_contexts_do_no_harm() {
    let odd = [
        "▁",
        "!!!",
        "\u{200b}",
        " \n ",
        "Ġ",
        "</s>",
        "<|endoftext|>",
        "x",
    ];
    for model in ["gpt2", "marian"] {
        let folder = tiny_models().join(model).display().to_string();
        for text in odd {
            let [context, current, output] = ["A nurse.", "She went home", "at last"];
            for texts in [
                [text, current, output],
                [context, text, output],
                [context, current, text],
                [text, text, text],
            ] {
                for compatibility in ["corrected", "inseq"] {
                    let said = inseq([
                        "attribute-context",
                        "-m",
                        &folder,
                        "--input_context_text",
                        texts[0],
                        "--output_context_text",
                        texts[0],
                        "--input_current_text",
                        texts[1],
                        "--output_current_text",
                        texts[2],
                        "-fn",
                        "contrast_prob_diff",
                        "--context_sensitivity_std_threshold",
                        "0",
                        "--compatibility",
                        compatibility,
                    ]);
                    let is_told = match said.outcome {
                        Outcome::Success => !said.stdout.is_empty(),
                        _ => said.stderr.contains("error:"),
                    };
                    assert!(is_told, "{model} {texts:?}: {said:?}");
                }
            }
        }
    }
}

#[test]
fn options_of_inseq_that_are_not_here_say_why() {
    for (option, words) in [
        ("--attribution_topk", "every token of the context"),
        ("--handle_output_context_strategy", "--output_context_text"),
        ("--special_tokens_to_keep", "always kept"),
    ] {
        let said = with("demo-gpt2", &[&STORY[..], &[option, "1"]].concat());
        assert_eq!(said.outcome, Outcome::Usage);
        says(&said.stderr, &[option, words]);
    }
}
