//! Makes the static site in `dist/`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use crate::process::{project_root, run};
use crate::step::step;
use crate::tools::Tools;
use crate::wasm_toolchain::WasmToolchain;

/// Builds the site and returns its folder.
pub(crate) fn build() -> Result<PathBuf> {
    let toolchain = step("find the wasm compiler", WasmToolchain::ensure)?;
    let tools = step("find trunk and wasm-bindgen", Tools::ensure)?;
    step("download the crates", || fetch_crates(toolchain))?;
    let dist = project_root().join("dist");
    step("build the page and the worker", || {
        run_trunk(toolchain, &tools)
    })?;
    step("copy the bundled models", || copy_models(&dist))?;
    report_sizes(&dist)?;
    Ok(dist)
}

/// Everything the build needs, so that trunk itself may stay offline: it would
/// otherwise look for newer versions of itself and for tools.
fn fetch_crates(toolchain: WasmToolchain) -> Result<()> {
    let mut command = Command::new("cargo");
    command
        .args(["fetch", "--quiet"])
        .current_dir(project_root());
    toolchain.apply(&mut command, &[])?;
    run(&mut command)
}

fn run_trunk(toolchain: WasmToolchain, tools: &Tools) -> Result<()> {
    let mut command = Command::new(&tools.trunk);
    command
        .args(["build", "--release", "--offline", "--skip-version-check"])
        .current_dir(project_root())
        .env("TRUNK_TOOLS_WASM_BINDGEN", &tools.wasm_bindgen_version)
        // trunk takes any value but "true" and "false" for a mistake.
        .env_remove("NO_COLOR");
    toolchain.apply(
        &mut command,
        std::slice::from_ref(&tools.wasm_bindgen_folder),
    )?;
    run(&mut command)
}

/// Copies each `web/models/demo-*` to `dist/models/`.
fn copy_models(dist: &Path) -> Result<()> {
    let models = project_root().join("web/models");
    let mut copied = 0;
    for entry in read_folder(&models)? {
        let name = entry.file_name();
        if entry.path().is_dir() && name.to_string_lossy().starts_with("demo-") {
            copy_files(&entry.path(), &dist.join("models").join(&name))?;
            copied += 1;
        }
    }
    if copied == 0 {
        println!("    warning: {} holds no bundled model", models.display());
    }
    Ok(())
}

/// Copies the files of a folder, not its folders.
pub(crate) fn copy_files(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("cannot make the folder {}", to.display()))?;
    for entry in read_folder(from)? {
        if entry.path().is_file() {
            fs::copy(entry.path(), to.join(entry.file_name()))
                .with_context(|| format!("cannot copy {}", entry.path().display()))?;
        }
    }
    Ok(())
}

/// The entries of a folder in the order of their names.
fn read_folder(folder: &Path) -> Result<Vec<fs::DirEntry>> {
    let mut entries = fs::read_dir(folder)
        .and_then(Iterator::collect::<std::io::Result<Vec<_>>>)
        .with_context(|| format!("cannot read the folder {}", folder.display()))?;
    entries.sort_by_key(fs::DirEntry::file_name);
    Ok(entries)
}

/// Prints what the page downloads before it is usable, by file.
fn report_sizes(dist: &Path) -> Result<()> {
    println!("    {}", dist.display());
    for entry in read_folder(dist)? {
        if entry.path().is_file() {
            let bytes = entry.metadata()?.len();
            println!(
                "    {:>9.1} kB  {}",
                bytes as f64 / 1e3,
                entry.file_name().display()
            );
        }
    }
    Ok(())
}
