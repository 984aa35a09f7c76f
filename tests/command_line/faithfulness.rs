//! `inseq faithfulness`: what it shows and writes, and what it refuses.

use cli::Outcome;
use inseq_tests::command_line::{Said, inseq};
use inseq_tests::tiny_models::bundled_models;
use serde_json::Value;

use crate::expect::{model, refused_line, says};

/// The command with a bundled model.
fn with(name: &str, more: &[&str]) -> Said {
    let folder = bundled_models().join(name).display().to_string();
    inseq([&["faithfulness", "-m", &folder], more].concat())
}

/// The numbers of a row of the table.
fn row(said: &Said, name: &str) -> Vec<f64> {
    let mut lines = said.stdout.lines();
    let line = lines.find(|line| line.starts_with(name));
    let line = line.unwrap_or_else(|| panic!("no {name} in {}", said.stdout));
    let numbers = line[name.len()..].split_whitespace();
    numbers.map(|number| number.parse().unwrap()).collect()
}

const DOCTOR: [&str; 2] = ["-i", "The doctor arrived with her dog."];

#[test]
fn methods_are_compared_on_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("measures.json");
    let more = ["-a", "attention", "occlusion", "-o", path.to_str().unwrap()];
    let said = with("demo-mt-en-fr", &[&DOCTOR[..], &more].concat());
    assert_eq!(said.outcome, Outcome::Success, "{}", said.stderr);
    says(
        &said.stdout,
        &[
            "comprehensiveness",
            "sufficiency",
            "soft",
            "the unknown token",
        ],
    );
    // Occlusion looks at exactly what is measured here.
    let [occlusion, chance] = ["occlusion", "random order"].map(|name| row(&said, name));
    assert_eq!([occlusion.len(), chance.len()], [4, 4]);
    assert!(occlusion[0] > chance[0], "{}", said.stdout);
    assert!(occlusion[1] < chance[1], "{}", said.stdout);

    let saved: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let names: Vec<&str> = saved
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["attention", "occlusion", "random order"]);
    let first = &saved[0]["sequences"][0];
    assert_eq!(first["settings"]["removal"], "unknown");
    let curve = &first["targets"][0]["measures"]["curve"];
    assert_eq!(curve.as_array().unwrap().len(), 5);
}

#[test]
fn saved_attributions_are_compared() {
    let folder = tempfile::tempdir().unwrap();
    let paths = ["a.json", "b.json"].map(|name| folder.path().join(name).display().to_string());
    for (path, method) in paths.iter().zip(["saliency", "attention"]) {
        let text = "The developer argued with the designer because";
        let attribute = ["attribute", "-m", &model("gpt2"), "-i", text, "-a", method];
        let said = inseq([&attribute[..], &["-o", path]].concat());
        assert_eq!(said.outcome, Outcome::Success, "{}", said.stderr);
    }
    let line = ["faithfulness", "-m", &model("gpt2"), &paths[0], &paths[1]];
    let more = [
        "--fractions",
        "0.5",
        "--removal",
        "same_kind",
        "--n_samples",
        "2",
    ];
    let said = inseq([&line[..], &more].concat());
    assert_eq!(said.outcome, Outcome::Success, "{}", said.stderr);
    says(
        &said.stdout,
        &[&paths[0], &paths[1], "50 %", "spelled alike"],
    );

    // The same attribution, made on the spot, has the same measures.
    let text = "The developer argued with the designer because";
    let made = inseq(
        [
            &["faithfulness", "-m", &model("gpt2"), "-i", text],
            &more[..],
        ]
        .concat(),
    );
    assert_eq!(row(&said, &paths[0]), row(&made, "saliency"));
}

#[test]
fn attributions_of_different_texts_are_not_compared() {
    let folder = tempfile::tempdir().unwrap();
    let paths = ["a.json", "b.json"].map(|name| folder.path().join(name).display().to_string());
    for (path, text) in paths.iter().zip(["The developer argued", "The designer"]) {
        let attribute = ["attribute", "-m", &model("gpt2"), "-i", text, "-o", path];
        assert_eq!(inseq(attribute).outcome, Outcome::Success);
    }
    let line = ["faithfulness", "-m", &model("gpt2"), &paths[0], &paths[1]];
    let said = inseq([&line[..], &["--fractions", "0.5", "--n_samples", "1"]].concat());
    assert_eq!(said.outcome, Outcome::Failure);
    says(&said.stderr, &[&paths[1], "another text", &paths[0]]);
    says(&said.stdout, &[&paths[0], "random order"]);
}

#[test]
fn options_go_to_the_methods_that_have_them() {
    let more = [
        "-a",
        "lime",
        "saliency",
        "--attribution_kwargs",
        r#"{"n_samples": 5}"#,
        "--fractions",
        "0.5",
        "--n_samples",
        "1",
    ];
    let said = with(
        "demo-gpt2",
        &[&["-i", "The capital of France is"], &more[..]].concat(),
    );
    assert_eq!(said.outcome, Outcome::Success, "{}", said.stderr);
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let gpt2 = model("gpt2");
    let line = |more: &[&str]| {
        let begin = ["faithfulness", "-m", &gpt2];
        refused_line(&[&begin[..], more].concat())
    };
    let text = ["-i", "The developer"];
    for (more, words) in [
        (
            &["--fractions", "2"][..],
            "fractions must be numbers from 0 to 1",
        ),
        (&["--n_samples", "0"], "n_samples must be"),
        (&["-a", "salience"], "saliency"),
        (&["-fn", "probabilty"], "probability"),
        (&["--attribution_kwargs", r#"{"n_step": 3}"#], "n_step"),
        (&["-o", "/no/such/folder/a.json"], "--save_path"),
        (&["--removal", "deletion"], "same_kind"),
        (&["a.json"], "cannot be used with"),
    ] {
        says(&line(&[&text[..], more].concat()), &[words]);
    }
    says(&line(&[]), &["--input_text"]);
    says(
        &line(&["no-such-file.json"]),
        &["no-such-file.json", "hint:"],
    );
    let no_result = tempfile::NamedTempFile::new().unwrap();
    let path = no_result.path().display().to_string();
    says(&line(&[&path]), &["is no attribution", "hint:"]);
}

#[test]
fn an_attribution_of_another_model_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.json").display().to_string();
    let attribute = ["attribute", "-m", &model("gpt2"), "-i", "The developer"];
    inseq([&attribute[..], &["-o", &path]].concat());
    let said = inseq(["faithfulness", "-m", &model("marian"), &path]);
    assert_eq!(said.outcome, Outcome::Failure);
    says(
        &said.stderr,
        &[&path, "not of this model's tokens", "hint:"],
    );
    assert_eq!(said.stdout, "");
}
