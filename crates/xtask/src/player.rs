//! Makes one file of the player's parts: `dist/inseq-heatmap.js`, which any page may use.

use std::{fs, path::Path};

use anyhow::{Context, Result, ensure};

use crate::process::project_root;
use crate::site::Size;

/// The player's file in the site.
const FILE: &str = "inseq-heatmap.js";
const FOLDER: &str = "web/embed";
/// Styles, in the order in which they overrule each other.
const STYLES: [&str; 2] = ["heatmap.css", "player.css"];
/// Modules, each after those that it imports.
const MODULES: [&str; 7] = [
    "text.js",
    "tensor.js",
    "read.js",
    "settings.js",
    "aggregate.js",
    "draw.js",
    "element.js",
];
/// What a blog's reader may be asked to download for a picture, in bytes.
const MOST_COMPRESSED: usize = 60_000;

/// Writes the player into the site; it is an error if it is too large.
pub(crate) fn write(dist: &Path) -> Result<()> {
    let folder = project_root().join(FOLDER);
    let read = |name: &str| {
        fs::read_to_string(folder.join(name))
            .with_context(|| format!("cannot read {FOLDER}/{name}"))
    };
    let style: String = STYLES.into_iter().map(read).collect::<Result<_>>()?;
    let mut player = format!("const STYLE = {};\n", serde_json::to_string(&style)?);
    for name in MODULES {
        player.push_str(&part(&read(name)?).with_context(|| format!("in {FOLDER}/{name}"))?);
    }
    let path = dist.join(FILE);
    fs::write(&path, player).with_context(|| format!("cannot write {}", path.display()))?;
    let compressed = Size::of(&path)?.gzip;
    println!("    {FILE}: {:.1} kB gzip", compressed as f64 / 1e3);
    ensure!(
        compressed <= MOST_COMPRESSED,
        "{FILE} has {compressed} bytes gzip; at most {MOST_COMPRESSED} are allowed"
    );
    Ok(())
}

/// A module as a part of one file: without imports, without the word `export` before what
/// it declares, and without lines that are comments.
pub(crate) fn part(module: &str) -> Result<String> {
    let mut part = String::with_capacity(module.len());
    for line in module.lines() {
        if line.starts_with("import ") {
            ensure!(line.ends_with(';'), "an import over several lines: {line}");
            continue;
        }
        let line = match line.strip_prefix("export ") {
            Some(declaration) if !declaration.starts_with('{') => declaration,
            _ => line,
        };
        if !line.trim().is_empty() && !line.trim_start().starts_with("//") {
            part.push_str(line);
            part.push('\n');
        }
    }
    Ok(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_fit_into_one_file() {
        let module = "// Why.\n\nimport { a } from \"./a.js\";\n\n/// What.\nexport function b() {\n  \
                      return a; // here\n}\nexport { b };\n";
        assert_eq!(
            part(module).unwrap(),
            "function b() {\n  return a; // here\n}\nexport { b };\n"
        );
        assert!(part("import {\n  a,\n} from \"./a.js\";\n").is_err());
    }
}
