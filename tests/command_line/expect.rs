//! What a command line must lead to.

use cli::Outcome;
use inseq_tests::command_line::inseq;
use inseq_tests::tiny_models::tiny_models;

/// The folder of a tiny model, as an argument.
pub(crate) fn model(name: &str) -> String {
    tiny_models().join(name).display().to_string()
}

/// `inseq attribute` with a tiny model; what it printed.
pub(crate) fn attributed(name: &str, more: &[&str]) -> String {
    let said = inseq([&["attribute", "-m", &model(name)], more].concat());
    assert_eq!(said.outcome, Outcome::Success, "{more:?}: {}", said.stderr);
    said.stdout
}

/// `inseq attribute` with a tiny model, which must be refused; what it complained of.
pub(crate) fn refused(name: &str, more: &[&str]) -> String {
    refused_line(&[&["attribute", "-m", &model(name)], more].concat())
}

/// A command line that must be refused without a result; what it complained of.
pub(crate) fn refused_line(arguments: &[&str]) -> String {
    let said = inseq(arguments.iter().copied());
    assert_ne!(said.outcome, Outcome::Success, "{arguments:?}");
    assert!(said.stderr.contains("error:"), "{}", said.stderr);
    assert_eq!(said.stdout, "", "{arguments:?}");
    said.stderr
}

/// Whether all of these words were said.
pub(crate) fn says(said: &str, words: &[&str]) {
    for word in words {
        assert!(said.contains(word), "{word:?} is not in: {said}");
    }
}
