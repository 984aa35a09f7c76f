//! Makes the npm package in `target/package/inseq-web`, and the playground of the site, of
//! the same modules: plain JavaScript that is written by hand, in `web/package`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};
use clap::Args;

use crate::player::part;
use crate::process::project_root;
use crate::site::{self, Size, copy_files, copy_models};
use crate::step::step;

/// Where the modules are.
const FOLDER: &str = "web/package";
/// Where the package is made.
const PACKAGE: &str = "target/package/inseq-web";
/// What the site has that belongs into the package: the engine and the player.
const FROM_SITE: [&str; 6] = [
    "worker.js",
    "worker_bg.wasm",
    "worker_relaxed_simd.js",
    "worker_relaxed_simd_bg.wasm",
    "programs.js",
    "inseq-heatmap.js",
];
const LICENSES: [&str; 2] = ["LICENSE-APACHE", "LICENSE-MIT"];
/// The version that is written in by `package`.
const NO_VERSION: &str = "\"version\": \"0.0.0\"";
/// The playground of the site, and the modules that it is made of, each after those that it
/// imports.
const PLAYGROUND: &str = "inseq-playground.js";
const MODULES: [&str; 9] = [
    "names.js",
    "error.js",
    "events.js",
    "options.js",
    "result.js",
    "model.js",
    "engine.js",
    "playground-style.js",
    PLAYGROUND,
];
/// The worker's script, which the site needs beside the playground.
const WORKER: &str = "inseq-worker.js";
/// What a page loads before a click, in bytes: the engine is none of it.
const MOST_COMPRESSED: usize = 20_000;

/// What `package` can be told.
#[derive(Args)]
pub(crate) struct PackageArguments {
    /// Take the engine from `dist/` as it is.
    #[arg(long)]
    no_build: bool,
}

/// Makes the package.
pub(crate) fn package(arguments: &PackageArguments) -> Result<()> {
    let dist = if arguments.no_build {
        project_root().join("dist")
    } else {
        site::build()?
    };
    let package = step("write the npm package", || write(&dist))?;
    println!("    publish it with: npm publish {}", package.display());
    Ok(())
}

/// Makes the package from a built site; returns its folder.
pub(crate) fn write(dist: &Path) -> Result<PathBuf> {
    let package = project_root().join(PACKAGE);
    if package.exists() {
        fs::remove_dir_all(&package).with_context(|| format!("cannot empty {PACKAGE}"))?;
    }
    write_into(&package, dist)?;
    for name in FROM_SITE.iter().filter(|name| name.ends_with(".wasm")) {
        println!("    {}  {name}", Size::of(&package.join(name))?);
    }
    Ok(package)
}

fn write_into(package: &Path, dist: &Path) -> Result<()> {
    let root = project_root();
    copy_files(&root.join(FOLDER), package)?;
    for (folder, names) in [(dist, &FROM_SITE[..]), (&root, &LICENSES)] {
        for name in names {
            fs::copy(folder.join(name), package.join(name))
                .with_context(|| format!("cannot copy {}", folder.join(name).display()))?;
        }
    }
    copy_models(package)?;
    write_version(&package.join("package.json"))
}

fn write_version(path: &Path) -> Result<()> {
    let json = fs::read_to_string(path).context("cannot read package.json")?;
    ensure!(
        json.contains(NO_VERSION),
        "package.json has no {NO_VERSION} to fill in"
    );
    let version = format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION"));
    fs::write(path, json.replacen(NO_VERSION, &version, 1)).context("cannot write package.json")
}

/// Writes the playground into the site, as one file, and the worker's script that it
/// starts.
pub(crate) fn write_playground(dist: &Path) -> Result<()> {
    let folder = project_root().join(FOLDER);
    let mut playground = String::new();
    for name in MODULES {
        let module = fs::read_to_string(folder.join(name))
            .with_context(|| format!("cannot read {FOLDER}/{name}"))?;
        playground.push_str(&part(&module).with_context(|| format!("in {FOLDER}/{name}"))?);
    }
    playground.push_str("export { Engine, InseqError, InseqPlayground };\n");
    let path = dist.join(PLAYGROUND);
    fs::write(&path, playground).with_context(|| format!("cannot write {}", path.display()))?;
    fs::copy(folder.join(WORKER), dist.join(WORKER))
        .with_context(|| format!("cannot copy {FOLDER}/{WORKER}"))?;
    let compressed = Size::of(&path)?.gzip;
    println!("    {PLAYGROUND}: {:.1} kB gzip", compressed as f64 / 1e3);
    ensure!(
        compressed <= MOST_COMPRESSED,
        "{PLAYGROUND} has {compressed} bytes gzip; at most {MOST_COMPRESSED} are allowed"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A site as far as the package looks at it.
    fn site() -> tempfile::TempDir {
        let dist = tempfile::tempdir().unwrap();
        for name in FROM_SITE {
            fs::write(dist.path().join(name), name).unwrap();
        }
        dist
    }

    #[test]
    fn the_playground_is_one_file_without_imports() {
        let dist = site();
        write_playground(dist.path()).unwrap();
        let playground = fs::read_to_string(dist.path().join(PLAYGROUND)).unwrap();
        let begins = |word| move |line: &&str| line.starts_with(word);
        assert_eq!(playground.lines().filter(begins("import ")).count(), 0);
        assert_eq!(playground.lines().filter(begins("export ")).count(), 1);
        // Two modules that declare the same name are no program.
        let mut declared: Vec<&str> = playground
            .lines()
            .filter_map(|line| {
                let words: Vec<&str> = line
                    .split(|letter: char| !letter.is_alphanumeric() && letter != '_')
                    .collect();
                match words.as_slice() {
                    ["async", "function", name, ..]
                    | ["const" | "function" | "class" | "let", name, ..] => Some(*name),
                    _ => None,
                }
            })
            .collect();
        declared.sort_unstable();
        let all = declared.len();
        declared.dedup();
        assert_eq!(declared.len(), all, "{declared:?}");
        assert!(all > 20, "{declared:?}");
        assert!(dist.path().join(WORKER).is_file());
    }

    #[test]
    fn what_the_package_names_is_in_it() {
        let (dist, package) = (site(), tempfile::tempdir().unwrap());
        let package = package.path();
        write_into(package, dist.path()).unwrap();
        let json = fs::read_to_string(package.join("package.json")).unwrap();
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(json["version"], env!("CARGO_PKG_VERSION"));
        let mut named = vec![
            json["main"].as_str().unwrap(),
            json["types"].as_str().unwrap(),
        ];
        for export in json["exports"].as_object().unwrap().values() {
            let paths = export.as_object().map(|conditions| conditions.values());
            named.extend(export.as_str());
            named.extend(paths.into_iter().flatten().filter_map(|path| path.as_str()));
        }
        for name in named.into_iter().filter(|name| !name.contains('*')) {
            assert!(package.join(name).is_file(), "{name} is not there");
        }
        assert!(package.join("models/demo-gpt2/config.json").is_file());
        assert!(package.join("LICENSE-MIT").is_file());
    }
}
