//! Files that stay outside of the project, such as real tokenizers.

use std::path::PathBuf;

/// A folder of `../shared`, or of the folder that `INSEQ_SHARED` names.
///
/// If it is not there, says that `test` is skipped and why, and returns `None`.
pub fn shared_folder(part: &str, test: &str) -> Option<PathBuf> {
    let project = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let root =
        std::env::var_os("INSEQ_SHARED").map_or_else(|| project.join("../shared"), PathBuf::from);
    let folder = root.join(part);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("SKIPPED: {test}: there is no folder {}", folder.display());
    None
}
