//! What `inseq attribute` prints and writes.

use std::fs;

use attribution_output::from_inseq_json;
use cli::Outcome;
use inseq_tests::command_line::inseq;

use crate::expect::{attributed, model, refused, says};

#[test]
fn a_continuation_is_generated_and_shown() {
    let shown = attributed(
        "gpt2",
        &[
            "-i",
            "The nurse",
            "--generation_kwargs",
            r#"{"max_new_tokens": 3}"#,
        ],
    );
    says(&shown, &["The", "nurse", "saliency", "probability"]);
}

#[test]
fn names_may_be_written_with_hyphens_and_cut_short() {
    let texts = ["-i", "The nurse", "-g", "The nurse said"];
    let long = attributed(
        "gpt2",
        &[&texts[..], &["--attributed_fn", "logit"]].concat(),
    );
    let with_hyphen = attributed(
        "gpt2",
        &[&texts[..], &["--attributed-fn", "logit"]].concat(),
    );
    let cut = attributed("gpt2", &[&texts[..], &["--attributed", "logit"]].concat());
    let short = attributed("gpt2", &[&texts[..], &["-fn", "logit"]].concat());
    assert_eq!(long, with_hyphen);
    assert_eq!(long, cut);
    assert_eq!(long, short);
}

#[test]
fn flags_may_stand_alone_or_say_yes_and_no() {
    let texts = ["-i", "A nurse.", "-g", "Une infirmière."];
    let shown = |more: &[&str]| attributed("marian", &[&texts[..], more].concat());
    let alone = shown(&["--attribute_target"]);
    assert_eq!(alone, shown(&["--attribute_target", "yes"]));
    assert_ne!(alone, shown(&[]));
    assert_eq!(shown(&[]), shown(&["--attribute_target", "no"]));
    assert_eq!(shown(&["--hide"]), "");
}

#[test]
fn several_texts_are_saved_in_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let json = folder.path().join("out.json").display().to_string();
    let page = folder.path().join("out.html").display().to_string();
    let inputs = [
        "-i",
        "The nurse",
        "A baker",
        "-g",
        "The nurse said",
        "A baker said",
    ];
    let files = ["-o", &json, "--viz_path", &page];
    attributed("gpt2", &[&inputs[..], &files].concat());
    let output = from_inseq_json(fs::read_to_string(&json).unwrap()).unwrap();
    assert_eq!(output.sequences.len(), 2);
    assert_eq!(
        output.info["input_texts"],
        serde_json::json!(["The nurse", "A baker"])
    );
    let page = fs::read_to_string(&page).unwrap();
    says(&page, &["<!doctype html>", "nurse", "baker"]);
    assert!(!page.contains("<script"));
}

#[test]
fn a_heatmap_is_a_latex_table_where_its_name_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("table.TEX");
    let viz_path = path.display().to_string();
    attributed(
        "gpt2",
        &["-i", "The nurse", "A baker", "--viz_path", &viz_path],
    );
    let tables = fs::read_to_string(&path).unwrap();
    assert_eq!(tables.matches("\\begin{tabular}").count(), 2);
    says(
        &tables,
        &["nurse", "baker", "% method: saliency", "\\cellcolor"],
    );
}

#[test]
fn an_existing_file_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.json");
    fs::write(&path, "x".repeat(1_000_000)).unwrap();
    let file = path.display().to_string();
    attributed(
        "gpt2",
        &["-i", "The nurse", "-g", "The nurse said", "-o", &file],
    );
    from_inseq_json(fs::read_to_string(&path).unwrap()).unwrap();
}

#[test]
fn a_file_that_cannot_be_written_is_found_out_before_the_work() {
    let folder = tempfile::tempdir().unwrap();
    let folder_path = folder.path().display().to_string();
    let below_nothing = folder.path().join("nowhere/out.json").display().to_string();
    for option in ["--save_path", "--viz_path"] {
        for path in [&folder_path, &below_nothing] {
            let said = refused("gpt2", &["-i", "The nurse", option, path]);
            says(&said, &[option, path, "hint:"]);
        }
    }
    let same = folder.path().join("out").display().to_string();
    let said = refused("gpt2", &["-i", "A", "-o", &same, "--viz_path", &same]);
    says(&said, &["the same file"]);
    assert!(!folder.path().join("out").exists());
}

#[test]
fn a_full_disk_loses_no_result() {
    if !fs::exists("/dev/full").unwrap_or(false) {
        println!("SKIPPED: a full disk: this system has no /dev/full");
        return;
    }
    let model = model("gpt2");
    let texts = ["-i", "The nurse", "-g", "The nurse said"];
    let said = inseq(
        [
            &["attribute", "-m", &model, "--hide", "-o", "/dev/full"],
            &texts[..],
        ]
        .concat(),
    );
    assert_eq!(said.outcome, Outcome::Failure);
    says(&said.stderr, &["cannot be written", "/dev/full"]);
    says(&said.stdout, &["nurse", "said"]);
}

#[test]
fn an_output_may_be_begun_for_the_model() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.json");
    let file = path.display().to_string();
    let more = ["--generate_from_target_prefix", "--generation_kwargs"];
    let limit = r#"{"max_new_tokens": 3}"#;
    attributed(
        "marian",
        &[
            &["-i", "A nurse.", "-g", "Le développeur", "-o", &file],
            &more[..],
            &[limit],
        ]
        .concat(),
    );
    let output = from_inseq_json(fs::read(&path).unwrap()).unwrap();
    let text = output.info["generated_texts"][0].as_str().unwrap();
    assert!(text.starts_with("Le développeur"), "{text}");
    let sequence = &output.sequences[0];
    assert_eq!(sequence.attr_pos_start, 1);
    // Inseq's word for "a text was given", begun or whole.
    assert_eq!(output.info["constrained_decoding"], true);
    let said = refused("gpt2", &["-i", "A", "-g", "A b", more[0]]);
    says(&said, &["gpt2 has no target of its own"]);
    says(
        &refused("marian", &["-i", "A", more[0]]),
        &["needs texts to begin with"],
    );
}

#[test]
fn inseq_may_be_followed_where_it_errs() {
    // Inseq reads Marian's decoder embeddings scaled twice.
    let texts = ["-i", "A nurse.", "-g", "Une infirmière."];
    let shown = |more: &[&str]| attributed("marian", &[&texts[..], more].concat());
    let corrected = shown(&[]);
    assert_eq!(corrected, shown(&["--compatibility", "corrected"]));
    assert_ne!(corrected, shown(&["--compatibility", "inseq"]));
}

#[test]
fn a_batch_size_is_accepted_and_changes_nothing() {
    let texts = ["-i", "The nurse", "-g", "The nurse said"];
    let shown = |more: &[&str]| attributed("gpt2", &[&texts[..], more].concat());
    assert_eq!(shown(&[]), shown(&["-bs", "3"]));
    says(
        &refused("gpt2", &["-i", "A", "-bs", "0"]),
        &["--batch_size"],
    );
}
