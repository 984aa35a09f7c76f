//! The source files of the project, as text.

use std::fs;
use std::path::{Path, PathBuf};

/// A file of the project.
pub(crate) struct SourceFile {
    /// From the root of the checkout, with `/`.
    pub(crate) path: String,
    /// All of it.
    pub(crate) text: String,
}

/// Folders of crates, beside the ones in `crates/`.
const OTHER_PACKAGES: [&str; 2] = ["web", "tests"];

/// The root of the checkout.
pub(crate) fn project_root() -> &'static Path {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests
        .parent()
        .expect("tests/ lies in the root of the checkout")
}

/// The text of a file named from the root.
pub(crate) fn read(path: &str) -> String {
    let path = project_root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Folders that hold a `Cargo.toml`, from the root: `crates/tensor`, …, `web`, `tests`.
pub(crate) fn package_folders() -> Vec<String> {
    let mut folders: Vec<String> = entries(&project_root().join("crates"))
        .into_iter()
        .filter(|path| path.join("Cargo.toml").is_file())
        .map(|path| from_root(&path))
        .chain(OTHER_PACKAGES.map(str::to_owned))
        .collect();
    folders.sort();
    folders
}

/// All files of our packages with one of these extensions.
pub(crate) fn source_files(extensions: &[&str]) -> Vec<SourceFile> {
    let mut files = Vec::new();
    for folder in package_folders() {
        collect(&project_root().join(folder), extensions, &mut files);
    }
    assert!(
        files.len() > 20,
        "found only {} source files; the search is broken",
        files.len()
    );
    files
}

fn collect(folder: &Path, extensions: &[&str], files: &mut Vec<SourceFile>) {
    for path in entries(folder) {
        if path.is_dir() {
            collect(&path, extensions, files);
        } else if path
            .extension()
            .is_some_and(|it| extensions.iter().any(|known| it == *known))
        {
            let text = fs::read_to_string(&path)
                .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            files.push(SourceFile {
                path: from_root(&path),
                text,
            });
        }
    }
}

/// What a folder holds, sorted, without hidden files and build products.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| {
            entry
                .expect("a folder of the checkout can be listed")
                .path()
        })
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            !name.starts_with('.') && name != "target" && name != "node_modules"
        })
        .collect();
    paths.sort();
    paths
}

fn from_root(path: &Path) -> String {
    let inside = path
        .strip_prefix(project_root())
        .expect("found below the root");
    inside.to_string_lossy().replace('\\', "/")
}
