//! `crates/DIFFERENCES.md`: is every row held by a test that exists.

use crate::source_files::{read, source_files};

#[test]
fn every_difference_names_tests_that_exist() {
    let sources = source_files(&["rs"]);
    let exists = |test: &str| {
        let declared = format!("fn {test}() {{");
        sources.iter().any(|file| file.text.contains(&declared))
    };
    let table = read("crates/DIFFERENCES.md");
    let rows: Vec<&str> = table
        .lines()
        .filter(|line| line.starts_with("| "))
        .skip(1)
        .collect();
    assert!(rows.len() >= 20, "rows went missing");
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").collect();
        assert_eq!(cells.len(), 4, "a row has four cells: {row}");
        let tests: Vec<&str> = cells[3].split('`').skip(1).step_by(2).collect();
        assert!(!tests.is_empty(), "no test holds: {row}");
        for test in tests {
            assert!(
                exists(test),
                "there is no test {test}, which should hold: {row}"
            );
        }
    }
}
