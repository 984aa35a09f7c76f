//! Tells the service worker which files the site has.

use std::{
    fs,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    path::Path,
};

use anyhow::{Context, Result, ensure};

const FILE: &str = "service_worker.js";

/// Writes the names of the site's own files, not those of its models, and a version that
/// changes with them into the service worker.
pub(crate) fn fill_in(dist: &Path) -> Result<()> {
    let path = dist.join(FILE);
    let script = fs::read_to_string(&path).with_context(|| format!("cannot read {FILE}"))?;
    let mut names = Vec::new();
    for entry in fs::read_dir(dist).context("cannot read the site's folder")? {
        let entry = entry?;
        if entry.path().is_file() && entry.file_name() != FILE {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    let mut hasher = DefaultHasher::new();
    script.hash(&mut hasher);
    for name in &names {
        let content = fs::read(dist.join(name)).with_context(|| format!("cannot read {name}"))?;
        (name, content).hash(&mut hasher);
    }
    let version = format!("{:016x}", hasher.finish());
    // The page's address is that of its folder.
    names.push("./".to_owned());
    let filled = filled_in(&script, &version, &names)?;
    fs::write(&path, filled).with_context(|| format!("cannot write {FILE}"))
}

fn filled_in(script: &str, version: &str, names: &[String]) -> Result<String> {
    let (no_version, no_files) = ("const VERSION = \"\";", "const FILES = [];");
    for line in [no_version, no_files] {
        ensure!(
            script.contains(line),
            "{FILE} has no line {line:?} to fill in"
        );
    }
    let version = format!("const VERSION = {};", serde_json::to_string(version)?);
    let files = format!("const FILES = {};", serde_json::to_string(names)?);
    Ok(script
        .replacen(no_version, &version, 1)
        .replacen(no_files, &files, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_that_ships_can_be_filled_in() {
        let script = include_str!("../../../web/service_worker.js");
        let filled = filled_in(script, "7f", &["index.html".to_owned(), "./".to_owned()]).unwrap();
        assert!(filled.contains(r#"const VERSION = "7f";"#));
        assert!(filled.contains(r#"const FILES = ["index.html","./"];"#));
        assert!(filled_in(&filled, "8", &[]).is_err());
    }

    #[test]
    fn both_scripts_ask_the_browser_with_the_same_program() {
        let bytes = |script: &str| -> Vec<u8> {
            let (_, after) = script.split_once("new Uint8Array([").unwrap();
            let (list, _) = after.split_once("])").unwrap();
            let lines = list.lines().map(|line| line.split("//").next().unwrap());
            let numbers: String = lines.collect();
            let numbers = numbers.split(',').map(str::trim);
            let numbers = numbers.filter(|number| !number.is_empty());
            numbers.map(|number| number.parse().unwrap()).collect()
        };
        let of_the_page = bytes(include_str!("../../../web/programs.js"));
        let of_this = bytes(include_str!("../../../web/service_worker.js"));
        assert!(of_the_page.starts_with(b"\0asm"));
        assert_eq!(of_the_page, of_this);
    }
}
