//! The programs that make the site, each in one exact version.

use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use crate::process::{cargo, find_program, output_of, project_root, run};
use crate::step::step;

/// 0.22 asks for a newer compiler than rustup's stable.
const TRUNK_VERSION: &str = "0.21.14";

/// Not needed by tests or the site.
const CARGO_FUZZ_VERSION: &str = "0.13.2";

/// A program that cargo can install.
struct Tool {
    program: &'static str,
    package: &'static str,
    version: String,
    /// Whether the package's own lock file can be used.
    locked: bool,
    /// Whether it is needed with all that it can do.
    has_default_features: bool,
    /// How much the compiler optimizes it: compiling takes longer than running.
    opt_level: &'static str,
}

/// Where the tools are.
pub(crate) struct Tools {
    /// The program.
    pub(crate) trunk: PathBuf,
    /// The folder of wasm-bindgen, for trunk to find on `PATH`.
    pub(crate) wasm_bindgen_folder: PathBuf,
    /// The version of wasm-bindgen, the one in `Cargo.lock`.
    pub(crate) wasm_bindgen_version: String,
}

impl Tools {
    /// Finds the tools, installing what is missing.
    pub(crate) fn ensure() -> Result<Self> {
        let trunk = Tool {
            program: "trunk",
            package: "trunk",
            version: TRUNK_VERSION.to_owned(),
            locked: true,
            // It stays offline, and so needs no encryption.
            has_default_features: false,
            // It copies files.
            opt_level: "0",
        };
        let bindgen = Tool {
            program: "wasm-bindgen",
            package: "wasm-bindgen-cli",
            version: locked_version("wasm-bindgen")?,
            // Its lock file once named a crate that the registry lacks.
            locked: false,
            has_default_features: true,
            opt_level: "1",
        };
        let bindgen_path = bindgen.ensure()?;
        let wasm_bindgen_folder = bindgen_path.parent().unwrap_or(Path::new("/"));
        Ok(Self {
            trunk: trunk.ensure()?,
            wasm_bindgen_folder: wasm_bindgen_folder.to_owned(),
            wasm_bindgen_version: bindgen.version,
        })
    }
}

/// Finds or installs cargo-fuzz; returns a `PATH` on which cargo finds it.
pub(crate) fn ensure_cargo_fuzz() -> Result<OsString> {
    let tool = Tool {
        program: "cargo-fuzz",
        package: "cargo-fuzz",
        version: CARGO_FUZZ_VERSION.to_owned(),
        locked: true,
        has_default_features: true,
        opt_level: "1",
    };
    let path = tool.ensure()?;
    let folder = path.parent().unwrap_or(Path::new("/")).to_owned();
    let known = env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(folder).chain(env::split_paths(&known));
    env::join_paths(folders).context("a folder on PATH has a name that PATH cannot hold")
}

impl Tool {
    fn ensure(&self) -> Result<PathBuf> {
        let folder = tools_folder()?.join(format!("{}-{}", self.program, self.version));
        let ours = folder.join("bin").join(self.program);
        let found = find_program(self.program).into_iter().chain([ours.clone()]);
        if let Some(path) = found.into_iter().find(|path| self.is_right(path)) {
            return Ok(path);
        }
        let title = format!(
            "cargo install {} {} (once; some minutes)",
            self.package, self.version
        );
        step(&title, || self.install(&folder))?;
        if !self.is_right(&ours) {
            bail!(
                "{} is installed but does not say version {}",
                ours.display(),
                self.version
            );
        }
        Ok(ours)
    }

    fn install(&self, folder: &Path) -> Result<()> {
        fs::create_dir_all(folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        let mut command = cargo();
        command
            .args([
                "install",
                "--quiet",
                self.package,
                "--version",
                &self.version,
                "--root",
            ])
            .arg(folder)
            // The package's own profile asks for its fastest form.
            .envs([
                ("CARGO_PROFILE_RELEASE_LTO", "off"),
                ("CARGO_PROFILE_RELEASE_OPT_LEVEL", self.opt_level),
                ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
            ])
            // Flags meant for our crates are not meant for tools.
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_BUILD_TARGET");
        if self.locked {
            command.arg("--locked");
        }
        if !self.has_default_features {
            command.arg("--no-default-features");
        }
        run(&mut command)
    }

    /// Whether the program at `path` is this tool in this version.
    fn is_right(&self, path: &Path) -> bool {
        output_of(Command::new(path).arg("--version"))
            .is_some_and(|text| text.split_whitespace().nth(1) == Some(self.version.as_str()))
    }
}

/// Kept outside the checkout, so that a fresh clone does not build them again.
fn tools_folder() -> Result<PathBuf> {
    let cache = match env::var_os("XDG_CACHE_HOME") {
        Some(folder) if !folder.is_empty() => PathBuf::from(folder),
        _ => env::home_dir()
            .context("no home folder: set XDG_CACHE_HOME")?
            .join(".cache"),
    };
    Ok(cache.join("inseq-web").join("tools"))
}

/// The version of a package in our `Cargo.lock`.
fn locked_version(package: &str) -> Result<String> {
    let path = project_root().join("Cargo.lock");
    let lock =
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    version_in_lock(&lock, package)
        .map(str::to_owned)
        .with_context(|| format!("Cargo.lock names no package \"{package}\""))
}

fn version_in_lock<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name);
    lines
        .nth(1)?
        .strip_prefix("version = \"")?
        .strip_suffix('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = "[[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"0.1.0\"\n\n\
                        [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";

    #[test]
    fn a_locked_version_is_that_of_the_exact_name() {
        assert_eq!(version_in_lock(LOCK, "wasm-bindgen"), Some("0.2.130"));
        assert_eq!(version_in_lock(LOCK, "wasm"), None);
    }
}
