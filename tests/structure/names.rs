//! Files and modules are named for what they define.

use crate::source_files::source_files;

/// Words that say nothing, so everything would end up behind them.
const BANNED: [&str; 10] = [
    "utils", "helpers", "common", "misc", "base", "core", "manager", "handler", "data", "info",
];

/// The first banned word in a path, each part of which may hold several words.
fn banned_word(path: &str) -> Option<&'static str> {
    let is_separator = |c: char| !c.is_ascii_alphanumeric();
    let mut words = path.split(is_separator);
    words.find_map(|word| {
        let singular = |banned: &str| banned.strip_suffix('s') == Some(word);
        BANNED
            .into_iter()
            .find(|banned| *banned == word || singular(banned))
    })
}

/// The names of modules declared in a file.
fn modules(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let after = match words[..] {
            ["mod", name, ..] => name,
            [visibility, "mod", name, ..] if visibility.starts_with("pub") => name,
            _ => return None,
        };
        Some(after.trim_end_matches([';', '{']))
    })
}

#[test]
fn no_file_or_module_has_a_name_that_says_nothing() {
    let mut found = Vec::new();
    for file in source_files(&["rs", "wgsl"]) {
        let named = std::iter::once(file.path.as_str()).chain(modules(&file.text));
        for name in named {
            if let Some(word) = banned_word(name) {
                found.push(format!("{}: \"{word}\" in {name}", file.path));
            }
        }
    }
    assert!(
        found.is_empty(),
        "name these after what they compute:\n{}",
        found.join("\n")
    );
}

#[test]
fn banned_words_are_found_as_words_only() {
    assert_eq!(banned_word("crates/a/src/string_utils.rs"), Some("utils"));
    assert_eq!(banned_word("crates/a/src/helper/x.rs"), Some("helpers"));
    assert_eq!(banned_word("crates/a/src/database.rs"), None);
    let text = "mod common;\npub(crate) mod info {\n// mod data;\nlet model = 1;\n";
    assert_eq!(modules(text).collect::<Vec<_>>(), ["common", "info"]);
}
