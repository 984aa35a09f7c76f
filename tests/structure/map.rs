//! `crates/README.md`: has every room an entry, and what does its table say.

use std::collections::{BTreeMap, BTreeSet};

use crate::source_files::{package_folders, project_root, read};

const MAP: &str = "crates/README.md";

/// The dependency table: each crate with those of ours it may depend on.
pub(crate) fn dependency_table() -> BTreeMap<String, BTreeSet<String>> {
    let map = read(MAP);
    let table = parse_dependency_table(&map);
    assert!(
        !table.is_empty(),
        "{MAP} has no table \"| Crate | One line | May depend on (ours) |\""
    );
    table
}

/// Rooms: every package but the one that holds the tests.
pub(crate) fn rooms() -> BTreeSet<String> {
    let name = |folder: &String| folder.rsplit('/').next().unwrap_or(folder).to_owned();
    package_folders()
        .iter()
        .map(name)
        .filter(|name| name != "tests")
        .collect()
}

fn parse_dependency_table(map: &str) -> BTreeMap<String, BTreeSet<String>> {
    map.lines()
        .skip_while(|line| !line.starts_with("| Crate | One line | May depend on (ours) |"))
        .skip(2)
        .map_while(|line| line.strip_prefix('|'))
        .map(|row| {
            let cells: Vec<&str> = row.split('|').collect();
            let [crate_name, _, dependencies, ..] = cells[..] else {
                panic!("{MAP}: a row of the dependency table has too few cells: {row}");
            };
            let crate_name = quoted(crate_name).into_iter().next();
            (
                crate_name.unwrap_or_else(|| panic!("{MAP}: a row names no crate: {row}")),
                quoted(dependencies),
            )
        })
        .collect()
}

/// The words between backticks.
fn quoted(text: &str) -> BTreeSet<String> {
    text.split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_room_has_a_row_in_the_table_and_every_row_a_room() {
    let rows: BTreeSet<String> = dependency_table().into_keys().collect();
    assert_eq!(rows, rooms());
}

#[test]
fn every_room_says_what_it_does_not_know() {
    let map = read(MAP);
    let silent: Vec<String> = rooms()
        .into_iter()
        .filter(|room| {
            let heading = format!("### `{room}`\n");
            let section = map.split_once(&heading).map(|(_, rest)| rest);
            let section = section.map(|rest| rest.split("\n#").next().unwrap_or_default());
            !section.is_some_and(|text| text.contains("does not know"))
        })
        .collect();
    assert!(
        silent.is_empty(),
        "{MAP}: no section \"### `room`\" with \"does not know\" for {silent:?}"
    );
}

#[test]
fn licenses_are_there() {
    for (file, words) in [
        ("LICENSE-MIT", "MIT License"),
        ("LICENSE-APACHE", "Apache License"),
    ] {
        assert!(project_root().join(file).is_file(), "{file} is missing");
        assert!(
            read(file).contains(words),
            "{file} does not contain \"{words}\""
        );
    }
}

#[test]
fn a_row_of_the_table_is_read() {
    let table = parse_dependency_table(
        "x\n\n| Crate | One line | May depend on (ours) |\n|---|---|---|\n\
         | `a` | The first `room`. | — |\n| `b` | Second. | `a`, `c` |\n\n| `not` | a | row |\n",
    );
    let names = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    let expected: BTreeMap<String, BTreeSet<String>> = [
        ("a".to_owned(), names(&[])),
        ("b".to_owned(), names(&["a", "c"])),
    ]
    .into();
    assert_eq!(table, expected);
}
