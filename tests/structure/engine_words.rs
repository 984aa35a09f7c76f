//! What the engine words is in a catalogue of its own, in both languages, and nothing
//! else is.

use std::collections::{BTreeMap, BTreeSet};

use crate::source_files::{SourceFile, source_files};
use crate::words::{
    Literal, assert_is_sorted, assert_says_the_same_values, literals, read_catalogue,
    texts_of_the_engine,
};

const CATALOGUE: &str = "web/words/de.engine.json";
/// Where failures, hints, notices and reasons are worded.
const WORDED: [&str; 12] = [
    "crates/attribution-output/src/",
    "crates/attribution/src/",
    "crates/backend-webgpu/src/error.rs",
    "crates/backend-webgpu/src/read.rs",
    "crates/engine/src/",
    "crates/heatmap/src/error.rs",
    "crates/hub/src/",
    "crates/models/src/",
    "crates/tensor/src/error.rs",
    "crates/wasm/src/files/",
    "crates/wasm/src/threads.rs",
    "crates/wasm/src/worker.rs",
];
/// Sources among them that word how numbers were made, or what is meant for reports.
const OTHERWISE_WORDED: [&str; 5] = [
    "crates/attribution-output/src/aggregate.rs",
    "crates/attribution-output/src/aggregate/stage.rs",
    "crates/attribution-output/src/csv.rs",
    "crates/engine/src/diagnosis.rs",
    "crates/engine/src/settings.rs",
];
/// What stands before literals that no message has.
const BEFORE_OTHERS: [&str; 7] = [
    ".expect(",
    "panic!(",
    "unreachable!(",
    "example:",
    "into =",
    "paper:",
    "reason =",
];
/// Literals that look like texts and are none, or would fit what browsers say.
const NO_TEXTS: [&str; 6] = [
    "bytes {first}-",
    "{n_targets} values",
    "{start} to {end}",
    "{} of them",
    "{} to {}",
    "{} values",
];
/// Texts that do not look like it.
const SHORT: [&str; 11] = [
    "denormalization",
    "heads",
    "inputs",
    "layers",
    "none",
    "output",
    "row",
    "source",
    "targets",
    "text",
    "{first}; {hint}",
];
/// What values without a name are called.
const ORDINALS: [&str; 4] = ["first", "second", "third", "fourth"];

/// A format as it is in the catalogue: each value has a name and nothing else.
fn template(format: &str) -> String {
    let mut made = String::new();
    let mut ordinals = ORDINALS.into_iter();
    let mut rest = format;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, brace) = (&rest[..at], &rest[at..=at]);
        made.push_str(before);
        rest = &rest[at + 1..];
        match rest.split_once('}') {
            _ if rest.starts_with(brace) => {
                made.push_str(brace);
                rest = &rest[1..];
            }
            Some((value, after)) if brace == "{" => {
                let name = match value.split(':').next() {
                    None | Some("") => ordinals.next().expect("a format has few values"),
                    Some(name) => name,
                };
                made.push_str(&format!("{{{name}}}"));
                rest = after;
            }
            _ => made.push_str(brace),
        }
    }
    made + rest
}

/// Whether a template has a word, and something beside it.
fn looks_like_text(template: &str) -> bool {
    let is_word = |word: &str| {
        let word = word.trim_matches(|c: char| ",.;:!?()“”…\"'".contains(c));
        word.chars().count() > 1 && word.chars().all(|c| c.is_alphabetic() || c == '_')
    };
    let without_values = template.split('{').map(|part| match part.split_once('}') {
        Some((_, after)) => after,
        None => part,
    });
    template.trim().contains(' ') && without_values.flat_map(str::split_whitespace).any(is_word)
}

/// The template of a literal, if a message is made of it.
fn template_of(literal: &Literal<'_>, described: &BTreeSet<String>) -> Option<String> {
    let before = literal.before.trim_end();
    let template = template(&literal.text);
    if before.ends_with("#[error(") || SHORT.contains(&template.as_str()) {
        return Some(template);
    }
    let is_other = BEFORE_OTHERS.iter().any(|end| before.ends_with(end))
        || NO_TEXTS.contains(&literal.text.as_str())
        || described.contains(&literal.text);
    (!is_other && looks_like_text(&template)).then_some(template)
}

fn worded_sources() -> Vec<SourceFile> {
    let mut files = source_files(&["rs"]);
    files.retain(|file| {
        let path = file.path.as_str();
        WORDED.iter().any(|worded| path.starts_with(worded))
            && !OTHERWISE_WORDED.contains(&path)
            && !path.ends_with("/tests.rs")
    });
    files
}

/// The templates of all messages, and the file of each.
fn templates() -> BTreeMap<String, String> {
    let described = texts_of_the_engine();
    let mut templates = BTreeMap::new();
    for file in worded_sources() {
        for literal in literals(&file.text) {
            if let Some(template) = template_of(&literal, &described) {
                templates.insert(template, file.path.clone());
            }
        }
    }
    assert!(
        templates.len() > 300,
        "found only {} templates",
        templates.len()
    );
    templates
}

fn catalogue() -> BTreeMap<String, String> {
    read_catalogue(CATALOGUE)
}

#[test]
fn every_message_of_the_engine_is_in_its_catalogue() {
    let catalogue = catalogue();
    let templates = templates();
    let missing = templates
        .iter()
        .filter(|(template, _)| !catalogue.contains_key(*template));
    let missing: Vec<_> = missing
        .map(|(template, file)| format!("{file}: {template:?}"))
        .collect();
    assert!(
        missing.is_empty(),
        "{CATALOGUE} lacks:\n{}",
        missing.join("\n")
    );
}

#[test]
fn the_catalogue_of_the_engine_has_nothing_that_it_never_says() {
    let templates = templates();
    let catalogue = catalogue();
    let unused: Vec<_> = catalogue
        .keys()
        .filter(|template| !templates.contains_key(*template))
        .collect();
    assert!(unused.is_empty(), "nobody says: {unused:#?}");
}

#[test]
fn both_languages_have_the_same_values_in_messages() {
    assert_says_the_same_values(CATALOGUE);
}

#[test]
fn the_catalogue_of_the_engine_is_sorted() {
    assert_is_sorted(CATALOGUE);
}

#[test]
fn exceptions_of_messages_are_there() {
    let files = source_files(&["rs"]);
    for path in OTHERWISE_WORDED {
        assert!(files.iter().any(|file| file.path == path), "{path} is gone");
    }
    let sources = worded_sources();
    let literals: BTreeSet<String> = sources
        .iter()
        .flat_map(|file| literals(&file.text))
        .map(|literal| literal.text)
        .collect();
    let templates = templates();
    for text in NO_TEXTS {
        assert!(literals.contains(text), "{text:?} is gone");
    }
    for text in SHORT {
        assert!(templates.contains_key(text), "{text:?} is gone");
    }
}

#[test]
fn messages_are_found_where_they_are_worded() {
    let source = r#"
        #[error("{stage}: {reason:?}")]
        #[error(
            "file {file:?} is {}, and \
             {:.1} of {}"
        )]
        // "a comment"
        refused("is empty", "row", "id"); name.expect("it is there");
        hint: format!("write {{a}} or {}", names.join(", ")), title: "A title";
mod tests { "a test" }
"#;
    let described = BTreeSet::from(["A title".to_owned()]);
    let found: Vec<String> = literals(source)
        .iter()
        .filter_map(|literal| template_of(literal, &described))
        .collect();
    let expected = [
        "{stage}: {reason}",
        "file {file} is {first}, and {second} of {third}",
        "is empty",
        "row",
        "write {a} or {first}",
    ];
    assert_eq!(found, expected);
}
