//! Builds the worker a second time, for browsers with relaxed SIMD: see
//! `web/worker_loader.js`. Only what differs by a feature is compiled again.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Result;

use crate::process::{project_root, run};
use crate::tools::Tools;
use crate::wasm_toolchain::{TARGET, WasmToolchain};

/// Its name in the site; the worker's own is `worker`.
pub(crate) const NAME: &str = "worker_relaxed_simd";

/// Puts the program and its script into the site's folder, beside those that trunk made.
pub(crate) fn build(toolchain: WasmToolchain, tools: &Tools, dist: &Path) -> Result<()> {
    let program = build_program(toolchain, "worker")?;
    bind(tools, &program, dist, NAME)
}

/// Compiles one of the programs of `crates/wasm` with relaxed SIMD.
pub(crate) fn build_program(toolchain: WasmToolchain, program: &str) -> Result<PathBuf> {
    let mut command = Command::new("cargo");
    command
        .args(["build", "--quiet", "--offline", "--profile", "web"])
        .args(["--target", TARGET, "--bin", program])
        .args(["--features", "relaxed-simd"])
        .args(["--manifest-path", "crates/wasm/Cargo.toml"])
        .current_dir(project_root());
    toolchain.apply(&mut command, &[])?;
    run(&mut command)?;
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(
        || project_root().join("target"),
        |folder| project_root().join(folder),
    );
    let built = target.join(TARGET).join("web").join(program);
    Ok(built.with_extension("wasm"))
}

/// Writes what a page needs to start a program: its script, and the program for it.
pub(crate) fn bind(tools: &Tools, program: &Path, folder: &Path, name: &str) -> Result<()> {
    let mut command = Command::new(tools.wasm_bindgen_folder.join("wasm-bindgen"));
    command
        .args(["--target", "web", "--no-typescript"])
        .args(["--out-name", name, "--out-dir"])
        .arg(folder)
        .arg(program);
    run(&mut command)
}
