//! Some words belong in some rooms only.

use crate::source_files::{SourceFile, package_folders, project_root, source_files};

/// Words, and the paths that may hold them.
struct Rule {
    words: &'static [&'static str],
    rooms: &'static [&'static str],
    reason: &'static str,
}

const RULES: [Rule; 4] = [
    Rule {
        words: &["wasm_bindgen", "js_sys", "web_sys"],
        rooms: &["crates/wasm/", "web/"],
        reason: "the browser is an adapter's business",
    },
    Rule {
        words: &["candle_core", "candle_nn"],
        rooms: &["crates/backend-cpu/", "tests/"],
        reason: "models and methods must not see which backend they run on",
    },
    Rule {
        words: &["wgpu"],
        rooms: &["crates/backend-webgpu/"],
        reason: "models and methods must not see which backend they run on",
    },
    Rule {
        words: &["println!", "print!", "eprintln!", "eprint!"],
        rooms: &["crates/cli/", "crates/xtask/", "tests/"],
        reason: "a library returns what it has to say; what a library's tests print says why they skip",
    },
];

/// This file names every word.
const THIS_FILE: &str = "tests/structure/rooms.rs";

fn breaches(rule: &Rule, files: &[SourceFile]) -> Vec<String> {
    let mut found = Vec::new();
    for file in files {
        let is_of_a_program =
            |folder: &&str| rule.words.contains(&"println!") && file.path.contains(*folder);
        let is_program = ["/examples/", "/benches/"].iter().any(is_of_a_program);
        if file.path == THIS_FILE
            || is_program
            || rule.rooms.iter().any(|room| file.path.starts_with(room))
        {
            continue;
        }
        for (index, line) in code_lines(&file.text) {
            for word in rule.words {
                if holds_word(line, word) {
                    found.push(format!(
                        "{}:{}: {word}: {}",
                        file.path,
                        index + 1,
                        rule.reason
                    ));
                }
            }
        }
    }
    found
}

/// Lines outside comments and unit tests, with their index.
fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .take_while(|(_, line)| line.trim() != "#[cfg(test)]")
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
}

/// Whether `word` stands in `line`, not as a part of a longer name.
fn holds_word(line: &str, word: &str) -> bool {
    let continues = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(start, _)| {
        let before = line[..start].chars().next_back();
        let after = line[start + word.len()..].chars().next();
        !before.is_some_and(continues) && !after.is_some_and(continues)
    })
}

#[test]
fn words_stay_in_their_rooms() {
    let files = source_files(&["rs"]);
    let found: Vec<String> = RULES
        .iter()
        .flat_map(|rule| breaches(rule, &files))
        .collect();
    assert!(
        found.is_empty(),
        "these lines are in the wrong room:\n{}",
        found.join("\n")
    );
}

#[test]
fn a_word_in_the_wrong_room_is_found() {
    let file = |path: &str, text: &str| SourceFile {
        path: path.to_owned(),
        text: text.to_owned(),
    };
    let wrong = [file(
        "crates/models/src/a.rs",
        "// wgpu\nuse wgpu::Device;\n#[cfg(test)]\nwgpu",
    )];
    let right = [file("crates/backend-webgpu/src/a.rs", "use wgpu::Device;")];
    let other = [file(
        "crates/models/src/a.rs",
        "let my_wgpu_name = eprintln;",
    )];
    assert_eq!(breaches(&RULES[2], &wrong).len(), 1);
    assert_eq!(breaches(&RULES[2], &right).len(), 0);
    assert_eq!(breaches(&RULES[2], &other).len(), 0);
}

#[test]
fn every_crate_says_what_it_is_for() {
    let mut silent = Vec::new();
    for folder in package_folders() {
        let roots = ["src/lib.rs", "src/main.rs"];
        let present: Vec<_> = roots
            .into_iter()
            .map(|root| format!("{folder}/{root}"))
            .filter(|path| project_root().join(path).is_file())
            .collect();
        assert!(!present.is_empty(), "{folder} has no crate root");
        for path in present {
            let text = crate::source_files::read(&path);
            let n_lines = text
                .lines()
                .take_while(|line| line.starts_with("//!"))
                .count();
            if n_lines < 2 {
                silent.push(path);
            }
        }
    }
    assert!(
        silent.is_empty(),
        "these do not open with `//!` lines that say what is here and what is not:\n{}",
        silent.join("\n")
    );
}
