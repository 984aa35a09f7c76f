//! Cargo's view of who depends on whom, against the table in the map.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, MetadataCommand};

use crate::map::dependency_table;
use crate::source_files::project_root;

/// The package of the suites, which may use every room and has no row.
const SUITES: &str = "inseq-tests";

/// What each of our packages depends on, of ours, when built (not when tested).
fn dependencies_by_cargo() -> BTreeMap<String, BTreeSet<String>> {
    let metadata = MetadataCommand::new()
        .manifest_path(project_root().join("Cargo.toml"))
        .no_deps()
        .exec()
        .expect("cargo metadata reads our manifests");
    let ours: BTreeSet<String> = metadata
        .packages
        .iter()
        .map(|package| package.name.to_string())
        .collect();
    metadata
        .packages
        .iter()
        .filter(|package| package.name != SUITES)
        .map(|package| {
            let used = package
                .dependencies
                .iter()
                .filter(|dependency| dependency.kind != DependencyKind::Development)
                .map(|dependency| dependency.name.clone())
                .filter(|name| ours.contains(name))
                .collect();
            (package.name.to_string(), used)
        })
        .collect()
}

#[test]
fn rooms_depend_on_what_the_table_allows_and_nothing_else() {
    let allowed = dependency_table();
    let mut differences = Vec::new();
    for (room, used) in dependencies_by_cargo() {
        let allowed = allowed.get(&room).cloned().unwrap_or_default();
        for name in used.difference(&allowed) {
            differences.push(format!(
                "{room} depends on {name}, which the table does not allow"
            ));
        }
        for name in allowed.difference(&used) {
            differences.push(format!(
                "the table lets {room} depend on {name}, but it does not"
            ));
        }
    }
    assert!(
        differences.is_empty(),
        "crates/README.md and Cargo.toml differ:\n{}",
        differences.join("\n")
    );
}

/// `backend-cpu` turns candle's products on for wide vectors by a dependency of candle's.
/// Another version of it would be another library, and change nothing, silently.
#[test]
fn what_candle_multiplies_with_is_there_once() {
    let lock = std::fs::read_to_string(project_root().join("Cargo.lock"))
        .expect("the lock file is committed");
    let n_versions = lock
        .lines()
        .filter(|line| *line == "name = \"gemm\"")
        .count();
    assert_eq!(
        n_versions, 1,
        "versions of gemm in Cargo.lock: Cargo.toml must name the one that candle-core has"
    );
}
