//! Which compiler makes wasm: the one place that knows.
//!
//! 1. The toolchain in use, if it has the wasm target or rustup can add it.
//! 2. Else Debian's `rustc-web`, which matches a source of the standard library
//!    (`rust-web-src`): cargo then builds the standard library itself. This is
//!    for machines that reach Debian's packages but not rustup's server.
//!
//! `INSEQ_WASM_TOOLCHAIN=rustup` or `=debian` decides by hand.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Result, bail};

use crate::debian_packages;
use crate::process::{find_program, output_of, path_starting_with, run};
use crate::step::step;

/// What it makes wasm for.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";
const DEBIAN_PACKAGES: [&str; 4] = ["rustc-web", "cargo-web", "rust-web-src", "lld-16"];
const DEBIAN_PROGRAMS: &str = "/usr/bin";
const DEBIAN_STANDARD_LIBRARY: &str = "/usr/lib/rustlib/src/rust/library/std";
/// Debian's rustc looks for `rust-lld`, which no Debian package has.
const DEBIAN_LINKER: &str = "wasm-ld-16";
/// In the folder of a toolchain.
const STANDARD_LIBRARY_SOURCE: &str = "lib/rustlib/src/rust/library/std";
/// Atomics, a memory that comes from outside and may grow to all of 32 bits, and what
/// wasm-bindgen needs to give each thread a stack and variables of its own.
const SHARED_MEMORY_FLAGS: [&str; 9] = [
    "-Ctarget-feature=+atomics,+bulk-memory,+mutable-globals",
    "-Clink-arg=--shared-memory",
    "-Clink-arg=--import-memory",
    "-Clink-arg=--max-memory=4294967296",
    "-Clink-arg=--export=__heap_base",
    "-Clink-arg=--export=__wasm_init_tls",
    "-Clink-arg=--export=__tls_size",
    "-Clink-arg=--export=__tls_align",
    "-Clink-arg=--export=__tls_base",
];

/// A compiler that can make wasm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WasmToolchain {
    /// The toolchain in use has the target.
    InUse,
    /// Debian's compiler, building the standard library on the way.
    Debian,
}

impl WasmToolchain {
    /// Finds a toolchain, installing what is missing, and prints which it is.
    pub(crate) fn ensure() -> Result<Self> {
        let toolchain = match env::var("INSEQ_WASM_TOOLCHAIN").as_deref() {
            Err(_) => Self::find_or_install()?,
            Ok("rustup") => Self::InUse.or_install_target()?,
            Ok("debian") => Self::Debian.or_install_packages()?,
            Ok(other) => {
                bail!("INSEQ_WASM_TOOLCHAIN is \"{other}\"; known are \"rustup\" and \"debian\"")
            }
        };
        println!("    wasm compiler: {}", toolchain.description());
        Ok(toolchain)
    }

    /// Makes `command`, and what it starts, compile with this toolchain.
    /// `programs` are folders that must come first on `PATH` all the same.
    pub(crate) fn apply(self, command: &mut Command, programs: &[PathBuf]) -> Result<()> {
        let mut folders = programs.to_vec();
        // Flags from outside would replace those of .cargo/config.toml, without
        // which candle and getrandom do not build for wasm.
        command
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_ENCODED_RUSTFLAGS");
        if self == Self::Debian {
            let debian = PathBuf::from(DEBIAN_PROGRAMS);
            command
                .env("CARGO", debian.join("cargo"))
                .env("RUSTC", debian.join("rustc"))
                .env("RUSTDOC", debian.join("rustdoc"))
                .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", DEBIAN_LINKER)
                .env_remove("RUSTUP_TOOLCHAIN")
                // rustup's cargo set it, for its own compiler's libraries.
                .env_remove("LD_LIBRARY_PATH");
            folders.push(debian);
            build_standard_library(command);
        }
        command.env("PATH", path_starting_with(&folders)?);
        Ok(())
    }

    /// Finds the source of the standard library, from which it is compiled for memory that
    /// threads share, or installs it. Nothing may be compiling meanwhile.
    pub(crate) fn ensure_standard_library_source(self) -> Result<()> {
        if self == Self::Debian {
            // It is among the packages.
            return Ok(());
        }
        let sysroot = output_of(Command::new("rustc").args(["--print", "sysroot"]));
        let source = sysroot.map(|root| Path::new(&root).join(STANDARD_LIBRARY_SOURCE));
        if source.is_some_and(|source| source.is_dir()) {
            return Ok(());
        }
        step("rustup component add rust-src", || {
            run(Command::new("rustup").args(["component", "add", "rust-src"]))
        })
    }

    /// Makes `command`, a build by cargo, compile for memory that threads share. The standard
    /// library, which is not distributed in this form, is compiled from its source too.
    pub(crate) fn share_memory(self, command: &mut Command) {
        build_standard_library(command);
        let flags = SHARED_MEMORY_FLAGS
            .map(|flag| format!("\"{flag}\""))
            .join(", ");
        // Added to those of .cargo/config.toml.
        let setting = format!("target.{TARGET}.rustflags = [{flags}]");
        command.args(["--config", &setting]);
    }

    fn find_or_install() -> Result<Self> {
        if let Some(found) = [Self::InUse, Self::Debian]
            .into_iter()
            .find(|it| it.is_there())
        {
            return Ok(found);
        }
        match Self::InUse.or_install_target() {
            Ok(toolchain) => Ok(toolchain),
            Err(why) if debian_packages::can_install() => {
                println!("    {why}; trying Debian's compiler");
                Self::Debian.or_install_packages()
            }
            Err(why) => bail!(
                "no compiler for {TARGET}: {why}; run: rustup target add {TARGET}, \
                 or on Debian as root: apt-get install {}",
                DEBIAN_PACKAGES.join(" ")
            ),
        }
    }

    fn is_there(self) -> bool {
        match self {
            Self::InUse => {
                let print = ["--print", "target-libdir", "--target", TARGET];
                output_of(Command::new("rustc").args(print))
                    .is_some_and(|folder| Path::new(&folder).is_dir())
            }
            Self::Debian => {
                Path::new(DEBIAN_STANDARD_LIBRARY).is_dir()
                    && ["rustc", "cargo"]
                        .iter()
                        .all(|name| Path::new(DEBIAN_PROGRAMS).join(name).is_file())
                    && find_program(DEBIAN_LINKER).is_some()
            }
        }
    }

    fn or_install_target(self) -> Result<Self> {
        if !self.is_there() {
            if find_program("rustup").is_none() {
                bail!("rustup is not installed");
            }
            step(&format!("rustup target add {TARGET}"), || {
                run(Command::new("rustup").args(["target", "add", TARGET]))
            })?;
        }
        Ok(self)
    }

    fn or_install_packages(self) -> Result<Self> {
        if !self.is_there() {
            debian_packages::install(&DEBIAN_PACKAGES)?;
        }
        if !self.is_there() {
            bail!(
                "the packages are installed, but {DEBIAN_STANDARD_LIBRARY} or {DEBIAN_LINKER} is missing"
            );
        }
        Ok(self)
    }

    fn description(self) -> String {
        let (rustc, kind) = match self {
            Self::InUse => (PathBuf::from("rustc"), "the toolchain in use"),
            Self::Debian => (
                Path::new(DEBIAN_PROGRAMS).join("rustc"),
                "Debian's, with std built from source",
            ),
        };
        let version = output_of(Command::new(rustc).arg("--version"));
        format!("{} ({kind})", version.unwrap_or_else(|| "rustc".to_owned()))
    }
}

/// Makes `command` compile the standard library from its source: a feature of nightly
/// compilers, which others have behind the first variable.
fn build_standard_library(command: &mut Command) {
    command
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort");
}
