//! Formatting, lints and structure.

use std::process::Command;

use anyhow::{Result, bail};
use clap::Args;

use crate::process::{cargo, find_program, output_of, run};
use crate::step::step;

/// What `tidy` can be told.
#[derive(Args)]
pub(crate) struct TidyArguments {
    /// Format the files instead of complaining.
    #[arg(long)]
    fix: bool,
}

/// Checks everything that can be checked without running the program.
pub(crate) fn tidy(arguments: &TidyArguments) -> Result<()> {
    if arguments.fix {
        ensure_component("fmt", "rustfmt")?;
        step("cargo fmt", || run(cargo().args(["fmt", "--all"])))?;
    }
    let outcomes = [
        check_format(),
        check_lints(),
        step("structure", || {
            run(cargo().args([
                "test",
                "--quiet",
                "--package",
                "inseq-tests",
                "--test",
                "structure",
            ]))
        }),
    ];
    outcomes.into_iter().collect()
}

/// Fails if `cargo fmt` would change a file.
pub(crate) fn check_format() -> Result<()> {
    ensure_component("fmt", "rustfmt")?;
    step("cargo fmt --check", || {
        run(cargo().args(["fmt", "--all", "--check"]))
    })
}

/// Fails if clippy has anything to say. The crates that only a browser runs are linted as
/// if compiled for this machine, so that every machine checks the same.
fn check_lints() -> Result<()> {
    ensure_clippy()?;
    step("clippy", || {
        let lints = ["clippy", "--quiet", "--workspace", "--all-targets"];
        run(cargo().args(lints).args(["--", "--deny", "warnings"]))
    })
}

/// Finds or installs the compiler with more to say.
pub(crate) fn ensure_clippy() -> Result<()> {
    ensure_component("clippy", "clippy")
}

/// A minimal rustup profile comes without these.
fn ensure_component(subcommand: &str, component: &str) -> Result<()> {
    if output_of(cargo().args([subcommand, "--version"])).is_some() {
        return Ok(());
    }
    if find_program("rustup").is_none() {
        bail!("cargo {subcommand} is missing; install your toolchain's {component}");
    }
    step(&format!("rustup component add {component}"), || {
        run(Command::new("rustup").args(["component", "add", component]))
    })
}
