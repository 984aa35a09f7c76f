//! Files stay short enough to be read in one sitting.

use crate::source_files::source_files;

/// A soft limit: what is longer stands in the list, with its reason.
const MAX_LINES: usize = 400;

/// Files over the limit, and why splitting them would be worse.
const EXCEPTIONS: [(&str, &str); 1] = [(
    "crates/heatmap/src/layout.rs",
    "half of it is its tests, which belong beside it",
)];

#[test]
fn files_stay_under_the_limit() {
    let mut complaints = Vec::new();
    for file in source_files(&["rs", "wgsl"]) {
        let n_lines = file.text.lines().count();
        let is_exception = EXCEPTIONS.iter().any(|(path, _)| *path == file.path);
        if n_lines > MAX_LINES && !is_exception {
            complaints.push(format!("{}: {n_lines} lines", file.path));
        }
        if n_lines <= MAX_LINES && is_exception {
            complaints.push(format!(
                "{}: {n_lines} lines, no exception is needed",
                file.path
            ));
        }
    }
    assert!(
        complaints.is_empty(),
        "the limit is {MAX_LINES} lines:\n{}",
        complaints.join("\n")
    );
}

#[test]
fn exceptions_name_files_and_reasons() {
    let files = source_files(&["rs", "wgsl"]);
    for (path, reason) in EXCEPTIONS {
        assert!(files.iter().any(|file| file.path == path), "{path} is gone");
        assert!(reason.len() > 10, "{path} needs a reason");
    }
}
