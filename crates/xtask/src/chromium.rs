//! Finds the browser that the browser tests drive.

use std::{env, path::PathBuf};

use anyhow::{Result, bail};

use crate::debian_packages;
use crate::process::find_program;

const PROGRAMS: [&str; 5] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
];
/// Where macOS keeps it; it is not on `PATH` there.
const MACOS: &str = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";

/// The program, installed first if it is missing and the system is Debian's.
/// `CHROME` names another one.
pub(crate) fn ensure() -> Result<PathBuf> {
    if let Some(path) = env::var_os("CHROME").map(PathBuf::from) {
        if !path.is_file() {
            bail!("CHROME names no file: {}", path.display());
        }
        return Ok(path);
    }
    if let Some(path) = find() {
        return Ok(path);
    }
    if !debian_packages::can_install() {
        bail!("no Chromium or Chrome on PATH; install one, or name it in CHROME");
    }
    debian_packages::install(&["chromium"])?;
    match find() {
        Some(path) => Ok(path),
        None => bail!("the package chromium is installed, but PATH holds no such program"),
    }
}

fn find() -> Option<PathBuf> {
    let macos = || Some(PathBuf::from(MACOS)).filter(|path| path.is_file());
    PROGRAMS.into_iter().find_map(find_program).or_else(macos)
}
