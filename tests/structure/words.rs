//! Every text of the page is in its catalogue, in both languages, and nothing else is.

use std::collections::{BTreeMap, BTreeSet};

use crate::source_files::{SourceFile, read, source_files};

const CATALOGUE: &str = "web/words/de.json";
/// What texts are given to; `web/src/words.rs` defines them.
const CALLS: [&str; 4] = ["t", "tf", "key", "around_link"];
/// Literals of components that look like texts of the page and are the same in all
/// languages, or never seen.
const NO_WORDS: [&str; 25] = [
    "ArrowDown",
    "ArrowLeft",
    "ArrowRight",
    "ArrowUp",
    "CSV",
    "End",
    "Enter",
    "Escape",
    "HTML",
    "Home",
    "Inseq JSON",
    "Inseq Web",
    "Kendall",
    "LaTeX",
    "PECoRe",
    "PNG",
    "PNG: {reason}.",
    "SVG",
    "Spearman",
    "PageDown",
    "PageUp",
    "Inseq",
    "noopener noreferrer",
    "English",
    "Deutsch",
];

/// A string literal of a source.
pub(crate) struct Literal<'a> {
    /// All that stands before it.
    pub(crate) before: &'a str,
    /// What it says.
    pub(crate) text: String,
}

impl Literal<'_> {
    /// Whether it is given to a function that translates it.
    fn is_looked_up(&self) -> bool {
        let Some(before) = self.before.trim_end().strip_suffix('(') else {
            return false;
        };
        let is_of_name = |c: char| c.is_alphanumeric() || c == '_';
        let name = before.trim_end_matches(is_of_name);
        CALLS.contains(&&before[name.len()..]) && !name.ends_with(['.', ':'])
    }

    /// Whether it is the value of an attribute that nobody reads.
    fn is_unseen(&self) -> bool {
        let line = self.before.rsplit(char::is_whitespace).next();
        let attribute = line.and_then(|line| line.strip_suffix('='));
        attribute.is_some_and(|name| {
            !["title", "label", "aria-label", "placeholder"].contains(&name)
                && name
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || "-:".contains(c))
        })
    }

    /// Whether it has two words, or begins as a label does.
    fn looks_like_words(&self) -> bool {
        let is_word = |word: &&str| {
            let word = word.trim_matches(|c: char| ",.;:!?()“”…".contains(c));
            word.chars().count() > 1 && word.chars().all(char::is_alphabetic)
        };
        let n_words = self.text.split_whitespace().filter(is_word).count();
        let begins_large = self.text.starts_with(|c: char| c.is_ascii_uppercase());
        n_words > 1 || n_words == 1 && begins_large
    }
}

/// The string literals of a source, but for those of its tests and comments.
pub(crate) fn literals(source: &str) -> Vec<Literal<'_>> {
    let source = source.split("mod tests {").next().unwrap_or_default();
    let mut found = Vec::new();
    let mut characters = source.char_indices().peekable();
    while let Some((start, character)) = characters.next() {
        match character {
            '/' if source[start..].starts_with("//") => {
                while characters.next_if(|(_, c)| *c != '\n').is_some() {}
            }
            // A quotation mark by itself is no string.
            '\'' if source[start..].starts_with("'\"'") => {
                characters.nth(1);
            }
            '"' => {
                let mut text = String::new();
                while let Some((_, character)) = characters.next() {
                    match character {
                        '"' => break,
                        '\\' => match characters.next() {
                            // The line goes on below.
                            Some((_, '\n')) => {
                                while characters.next_if(|(_, c)| c.is_whitespace()).is_some() {}
                            }
                            Some((_, 'n')) => text.push('\n'),
                            Some((_, other)) => text.push(other),
                            None => break,
                        },
                        other => text.push(other),
                    }
                }
                found.push(Literal {
                    before: &source[..start],
                    text,
                });
            }
            _ => {}
        }
    }
    found
}

fn page_sources() -> Vec<SourceFile> {
    let mut files = source_files(&["rs"]);
    files.retain(|file| file.path.starts_with("web/src/"));
    files
}

fn catalogue() -> BTreeMap<String, String> {
    read_catalogue(CATALOGUE)
}

/// English texts and what is said instead.
pub(crate) fn read_catalogue(path: &str) -> BTreeMap<String, String> {
    serde_json::from_str(&read(path)).expect("the catalogue is a map of texts")
}

/// Fails if a text of a catalogue is not said at all, or not with all of its values.
pub(crate) fn assert_says_the_same_values(path: &str) {
    for (english, german) in read_catalogue(path) {
        assert!(!german.trim().is_empty(), "{english:?} has no German text");
        assert_eq!(
            placeholders(&english),
            placeholders(&german),
            "{english:?} and {german:?}"
        );
        let straight = |text: &str| text.matches('"').count();
        assert_eq!(straight(&english), straight(&german), "{german:?}");
    }
}

/// Fails if a catalogue is not in the order in which a text is looked for.
pub(crate) fn assert_is_sorted(path: &str) {
    let sorted = serde_json::to_string_pretty(&read_catalogue(path)).expect("it can be written");
    assert!(
        read(path) == format!("{sorted}\n"),
        "{path} is not as a sorted map is written"
    );
}

/// The texts that the page gives to its catalogue, and the file of each.
fn texts_of_the_page() -> BTreeMap<String, String> {
    let mut texts = BTreeMap::new();
    for file in page_sources() {
        for literal in literals(&file.text) {
            if literal.is_looked_up() {
                texts.insert(literal.text, file.path.clone());
            }
        }
    }
    assert!(texts.len() > 300, "found only {} texts", texts.len());
    texts
}

/// Titles and sentences of methods, functions and their options.
pub(crate) fn texts_of_the_engine() -> BTreeSet<String> {
    let description = engine::description();
    let mut texts = BTreeSet::new();
    let mut options = Vec::new();
    for method in description.methods {
        texts.extend([method.title, method.sentence]);
        options.extend(method.options);
    }
    for function in description.step_functions {
        texts.extend([function.title, function.sentence]);
        options.extend(function.options);
    }
    for option in options {
        texts.extend([option.title, option.sentence]);
    }
    texts
}

/// The names of values in a text.
fn placeholders(text: &str) -> BTreeSet<&str> {
    let after_braces = text.split('{').skip(1);
    after_braces
        .filter_map(|after| Some(after.split_once('}')?.0))
        .collect()
}

#[test]
fn every_text_of_the_page_is_in_the_catalogue() {
    let catalogue = catalogue();
    let texts = texts_of_the_page();
    let missing = texts
        .iter()
        .filter(|(text, _)| !catalogue.contains_key(*text));
    let missing: Vec<_> = missing
        .map(|(text, file)| format!("{file}: {text:?}"))
        .collect();
    assert!(
        missing.is_empty(),
        "{CATALOGUE} lacks:\n{}",
        missing.join("\n")
    );
}

#[test]
fn every_text_of_a_description_is_in_the_catalogue() {
    let catalogue = catalogue();
    let texts = texts_of_the_engine();
    assert!(texts.len() > 100, "found only {} texts", texts.len());
    let missing: Vec<_> = texts
        .iter()
        .filter(|text| !catalogue.contains_key(*text))
        .collect();
    assert!(missing.is_empty(), "{CATALOGUE} lacks: {missing:#?}");
}

#[test]
fn the_catalogue_has_nothing_that_is_never_said() {
    let (page, engine) = (texts_of_the_page(), texts_of_the_engine());
    let catalogue = catalogue();
    let unused: Vec<_> = catalogue
        .keys()
        .filter(|text| !page.contains_key(*text) && !engine.contains(*text))
        .collect();
    assert!(unused.is_empty(), "nobody says: {unused:#?}");
}

#[test]
fn both_languages_say_the_same_values_and_something() {
    assert_says_the_same_values(CATALOGUE);
}

#[test]
fn the_catalogue_is_sorted() {
    assert_is_sorted(CATALOGUE);
}

#[test]
fn components_say_nothing_past_the_catalogue() {
    let mut found = Vec::new();
    for file in page_sources() {
        if !file.path.starts_with("web/src/components/") {
            continue;
        }
        for literal in literals(&file.text) {
            let is_for_nobody = literal.is_unseen() || NO_WORDS.contains(&literal.text.as_str());
            if literal.looks_like_words() && !literal.is_looked_up() && !is_for_nobody {
                found.push(format!("{}: {:?}", file.path, literal.text));
            }
        }
    }
    // Names of models are theirs.
    found.retain(|it| !it.contains("Helsinki-NLP/"));
    assert!(
        found.is_empty(),
        "give these to a function of web/src/words.rs:\n{}",
        found.join("\n")
    );
}

#[test]
fn literals_are_found_where_they_stand() {
    let source = r#"
        // t("a comment")
        view! { <p class="one two">{t("Some \
            words “{n}”")} {format("no")} "Bare words"</p> }
        key(
            "A key",
        ); let mark = '"'; tf("It’s \"x\"", &[]); it.t("method")
#[cfg(test)]
mod tests { t("a test") }
"#;
    let found = literals(source);
    let looked_up = found.iter().filter(|it| it.is_looked_up());
    let texts: Vec<_> = looked_up.map(|it| it.text.as_str()).collect();
    assert_eq!(texts, ["Some words “{n}”", "A key", "It’s \"x\""]);
    let bare = found
        .iter()
        .filter(|it| it.looks_like_words() && !it.is_looked_up() && !it.is_unseen());
    let bare: Vec<_> = bare.map(|it| it.text.as_str()).collect();
    assert_eq!(bare, ["Bare words"]);
    assert_eq!(placeholders("{a} of {b}"), ["a", "b"].into());
}
