//! `inseq attribute-context`: what it shows and writes, and what it refuses.

use attribution_output::ContextAttribution;
use cli::Outcome;
use inseq_tests::command_line::inseq;
use inseq_tests::tiny_models::{bundled_models, tiny_models};
use inseq_tests::tolerance::{REORDERED, within};

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

/// What one token was attributed to, as `more` options have it aggregated.
fn scores_with(more: &[&str]) -> Vec<f32> {
    let folder = tempfile::tempdir().unwrap();
    let json = folder.path().join("a.json");
    let file = [
        "--context_sensitivity_topk",
        "1",
        "-o",
        json.to_str().unwrap(),
    ];
    let said = with("demo-gpt2", &[&STORY[..], &file, more].concat());
    assert_eq!(said.outcome, Outcome::Success, "{}", said.stderr);
    let saved = std::fs::read_to_string(json).unwrap();
    let found = ContextAttribution::from_json(&saved).unwrap();
    let scores = found.cci_scores[0].input_context_scores.as_ref().unwrap();
    scores.iter().map(|score| score.unwrap()).collect()
}

#[test]
fn attributions_are_aggregated_as_asked() {
    let plain = scores_with(&[]);
    let same = scores_with(&["--attribution_aggregators", "vnorm"]);
    within(REORDERED, &plain, &same).unwrap();
    // Saliency has magnitudes, whose sum is more than their norm.
    let sums = scores_with(&["--attribution_aggregators", "sum"]);
    let pairs = plain.iter().zip(&sums);
    assert!(
        pairs.clone().all(|(norm, sum)| sum > norm),
        "{plain:?} {sums:?}"
    );
    // What comes after the context has its share, too.
    let normalized = scores_with(&["--normalize_attributions"]);
    let sum: f32 = normalized.iter().sum();
    assert!(sum > 0.1 && sum < 1.0, "{normalized:?}");
    let factor = normalized[0] / plain[0];
    let scaled: Vec<f32> = plain.iter().map(|score| score * factor).collect();
    within(REORDERED, &normalized, &scaled).unwrap();
    let also = scores_with(&[
        "--attribution_aggregators",
        "vnorm",
        "--normalize_attributions",
    ]);
    within(REORDERED, &normalized, &also).unwrap();
    let layer = |index: &str| {
        let head = ["--attribution_aggregators", "mean", "scores"];
        let layer = ["--attribution_selectors", "0", index];
        scores_with(&[&["-a", "attention"], &head[..], &layer].concat())
    };
    assert_ne!(layer("0"), layer("1"));

    for (more, words) in [
        (
            &["--attribution_aggregators", "subwords"][..],
            "changes which tokens there are",
        ),
        (
            &["-a", "attention", "--attribution_aggregators", "mean"],
            "one number for each context token is needed",
        ),
        (
            &["--rescale_attributions"],
            "without --attribution_aggregators",
        ),
        (&["--aggregate_output"], "has no use in attribute-context"),
    ] {
        let said = with("demo-gpt2", &[&STORY[..], more].concat());
        assert_ne!(said.outcome, Outcome::Success, "{more:?}");
        says(&said.stderr, &[words]);
    }
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
fn options_of_inseq_that_ask_a_person_say_what_to_do() {
    for (option, value, words) in [
        (
            "--handle_output_context_strategy",
            "manual",
            "--output_context_text",
        ),
        (
            "--handle_output_context_strategy",
            "1",
            "--output_context_text",
        ),
        (
            "--prompt_user_for_contextless_output_next_tokens",
            "1",
            "--contextless_output_next_tokens",
        ),
    ] {
        let said = with("demo-gpt2", &[&STORY[..], &[option, value]].concat());
        assert_eq!(said.outcome, Outcome::Usage);
        says(&said.stderr, &[option, words]);
    }
    let said = with(
        "demo-gpt2",
        &[&STORY[..], &["--special_tokens_to_keep", "sick"]].concat(),
    );
    assert_eq!(said.outcome, Outcome::Failure);
    says(&said.stderr, &["special_tokens_to_keep", "\"sick\""]);
}

#[test]
fn context_tokens_that_stand_out_are_highlighted() {
    let folder = tempfile::tempdir().unwrap();
    let html = folder.path().join("a.html");
    let html = html.to_str().unwrap();
    let n_highlighted = |more: &[&str]| {
        let said = with(
            "demo-gpt2",
            &[&STORY[..], &["--viz_path", html], more].concat(),
        );
        assert_eq!(said.outcome, Outcome::Success, "{}", said.stderr);
        // Long texts go on in lines that are indented more.
        let after = said.stdout.split("   input context (").nth(1).unwrap();
        let mut lines = after.lines();
        let first = lines.next().unwrap().to_owned();
        let line = lines
            .take_while(|line| line.starts_with("      "))
            .fold(first, |text, line| text + line);
        // The first is the strongest token's; the page has the same marks.
        let page = std::fs::read_to_string(html).unwrap();
        let first = page.split("<dt>input context").nth(1).unwrap();
        let first = first.split("</dd>").next().unwrap();
        let (in_terminal, on_page) = (line.matches('[').count(), first.matches("<mark").count());
        assert_eq!(in_terminal, on_page, "{line}");
        (in_terminal, line)
    };
    let (n_default, line) = n_highlighted(&[]);
    assert!(line.contains("[sick "), "{line}");
    let n_tokens = n_highlighted(&["--attribution_std_threshold", "-9"]).0;
    assert!(n_tokens > 3, "all of the context's tokens");
    assert!(n_default < n_tokens, "{line}");
    let capped = [
        "--attribution_std_threshold",
        "-9",
        "--attribution_topk",
        "2",
    ];
    assert_eq!(n_highlighted(&capped).0, 2);
}

#[test]
fn an_output_context_is_found_in_what_the_model_writes() {
    let prompt = ["--input_current_text", "His colleagues asked him to come"];
    let story = [&STORY[..4], &prompt].concat();
    let auto = [
        "--output_template",
        "{context} the {current}",
        "--handle_output_context_strategy",
        "auto",
    ];
    let folder = tempfile::tempdir().unwrap();
    let json = folder.path().join("a.json");
    let file = ["-o", json.to_str().unwrap()];
    let said = with("demo-gpt2", &[&story[..], &auto, &file].concat());
    assert_eq!(said.outcome, Outcome::Success, "{}", said.stderr);
    says(&said.stderr, &["output context found"]);
    let saved = std::fs::read_to_string(&json).unwrap();
    let found = ContextAttribution::from_json(&saved).unwrap();
    let context = found.output_context.unwrap();
    // In the bundled model's world the sick go to the hospital.
    let current = found.output_current.as_str();
    assert_eq!((context.as_str(), current), ("to", "hospital."));
    assert_eq!(found.info["output_context_text"], context);
    assert_eq!(found.info["constrained_decoding"], false);
    let scores = found.cci_scores[0].output_context_scores.as_ref().unwrap();
    assert_eq!(scores.len(), found.output_context_tokens.unwrap().len());

    // Where it is not there, nothing is guessed.
    let elsewhere = ["--output_template", "{context} | {current}"];
    let said = with("demo-gpt2", &[&story[..], &elsewhere, &auto[2..]].concat());
    assert_eq!(said.outcome, Outcome::Failure);
    says(&said.stderr, &["error:", "hint:", "output_context_text"]);
}

#[test]
fn special_tokens_in_given_texts_stay() {
    let folder = tempfile::tempdir().unwrap();
    let json = folder.path().join("a.json");
    let said = with(
        "demo-gpt2",
        &[
            &STORY[..2],
            &["--input_context_text", "<|endoftext|>George was sick."],
            &STORY[4..],
            &["-o", json.to_str().unwrap()],
        ]
        .concat(),
    );
    assert_eq!(said.outcome, Outcome::Success, "{}", said.stderr);
    let saved = std::fs::read_to_string(json).unwrap();
    let found = ContextAttribution::from_json(&saved).unwrap();
    let tokens = found.input_context_tokens.unwrap();
    assert_eq!(tokens[0], "<|endoftext|>");
    let scores = found.cci_scores[0].input_context_scores.as_ref().unwrap();
    assert_eq!(scores.len(), tokens.len());
}

#[test]
fn a_result_may_be_saved_without_its_settings_and_without_words() {
    let folder = tempfile::tempdir().unwrap();
    let json = folder.path().join("a.json");
    let json = json.to_str().unwrap();
    for no in [&["--no_add_output_info"][..], &["--add_output_info", "no"]] {
        let quiet = ["-o", json, "--no_show_viz", "--show_intermediate_outputs"];
        let said = with("demo-gpt2", &[&STORY[..], &quiet, no].concat());
        assert_eq!(said.outcome, Outcome::Success, "{}", said.stderr);
        assert_eq!(said.stdout, "");
        says(&said.stderr, &["output tokens:", "hospital"]);
        let saved = std::fs::read_to_string(json).unwrap();
        assert!(!saved.contains("\"info\""), "{saved}");
        assert!(
            ContextAttribution::from_json(&saved)
                .unwrap()
                .info
                .is_empty()
        );
    }
}
