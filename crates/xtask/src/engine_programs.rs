//! Builds the engine's program again for what some browsers can do: see `web/programs.js`.
//! Only what differs by a feature is compiled again, but for threads, which all of the
//! program and the standard library must be compiled for.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Result;

use crate::process::{project_root, run};
use crate::tools::Tools;
use crate::wasm_toolchain::{TARGET, WasmToolchain};

/// The program that trunk makes, which runs everywhere.
pub(crate) const PLAIN: &str = "worker";

/// A program for browsers that can do more, under its name in the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EngineProgram {
    /// Multiplies and adds in one instruction.
    RelaxedSimd,
    /// That, and shares its memory with threads.
    Threads,
}

impl EngineProgram {
    /// Its name in the site.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::RelaxedSimd => "worker_relaxed_simd",
            Self::Threads => "worker_threads",
        }
    }

    /// Puts the program and its script into the site's folder, beside those that trunk made.
    pub(crate) fn build(self, toolchain: WasmToolchain, tools: &Tools, dist: &Path) -> Result<()> {
        let program = self.compile(toolchain, PLAIN)?;
        bind(tools, &program, dist, self.name())
    }

    /// Compiles one of the programs of `crates/wasm`.
    pub(crate) fn compile(self, toolchain: WasmToolchain, program: &str) -> Result<PathBuf> {
        let mut command = Command::new("cargo");
        command
            .args(["build", "--quiet", "--profile", "web"])
            .args(["--target", TARGET, "--bin", program])
            .args(["--manifest-path", "crates/wasm/Cargo.toml"])
            .current_dir(project_root());
        let mut target = env::var_os("CARGO_TARGET_DIR").map_or_else(
            || project_root().join("target"),
            |folder| project_root().join(folder),
        );
        toolchain.apply(&mut command, &[])?;
        match self {
            Self::RelaxedSimd => {
                command.args(["--offline", "--features", "relaxed-simd"]);
            }
            Self::Threads => {
                // A folder of its own: other flags make all that is in the other one stale.
                target.push("threads");
                command
                    .args(["--features", "relaxed-simd,threads", "--target-dir"])
                    .arg(&target);
                toolchain.share_memory(&mut command);
            }
        }
        run(&mut command)?;
        let built = target.join(TARGET).join("web").join(program);
        Ok(built.with_extension("wasm"))
    }
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
