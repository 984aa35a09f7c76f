//! Models from the Hub, by its own client, from a server with its layout.

use std::path::PathBuf;

use cli::Outcome;
use inseq_tests::command_line::inseq;

use crate::expect::{refused_line, says};

/// The server, and the folder of the cache; `None` after saying that a test is skipped.
fn hub() -> Option<(String, PathBuf)> {
    let server = std::env::var("INSEQ_HUB").ok();
    let home = std::env::var_os("HF_HOME").map(PathBuf::from);
    let found = server.zip(home);
    if found.is_none() {
        println!("SKIPPED: hub: needs a server of models; run it through cargo xtask test");
    }
    found
}

/// What is printed about the texts with this model.
fn attributed(model: &str) -> String {
    let said = inseq([&["attribute", "-m", model][..], &TEXTS].concat());
    assert_eq!(said.outcome, Outcome::Success, "{model}: {}", said.stderr);
    // The name it was asked for by is one of the settings.
    said.stdout.replace(model, "")
}

const TEXTS: [&str; 4] = ["-i", "The nurse", "-g", "The nurse said"];

#[test]
fn a_model_is_fetched_once_and_read_from_the_shared_cache() {
    let Some((server, home)) = hub() else { return };
    // By its name at the server that HF_ENDPOINT names, and by its address.
    for name in [
        "golden/gpt2".to_owned(),
        format!("{server}/golden/gpt2@refs/pr/3"),
    ] {
        says(&attributed(&name), &["saliency", "said"]);
    }
    let folder = home.join("hub/models--golden--gpt2");
    let is_there = |path: &str| folder.join(path).exists();
    assert!(is_there("refs/main") && is_there("refs/refs/pr/3"));
    assert_eq!(
        attributed("golden/gpt2"),
        attributed(&format!("{server}/golden/gpt2"))
    );
}

#[test]
fn a_model_that_is_not_there_is_named_with_its_server() {
    if hub().is_none() {
        return;
    }
    let words = refused_line(&[&["attribute", "-m", "golden/absent"][..], &TEXTS].concat());
    says(&words, &["golden/absent", "main", "owner/name"]);
}
