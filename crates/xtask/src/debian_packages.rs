//! Installing packages where the system's package manager is Debian's.

use std::{env, process::Command};

use anyhow::{Result, bail};

use crate::process::{find_program, output_of, run};
use crate::step::step;

/// Whether [`install`] can work here: apt-get, and the right to use it.
pub(crate) fn can_install() -> bool {
    find_program("apt-get").is_some() && (is_root() || can_become_root())
}

/// Installs packages by apt-get, asking nothing.
pub(crate) fn install(packages: &[&str]) -> Result<()> {
    if !can_install() {
        bail!(
            "cannot install packages here; as root: apt-get install {}",
            packages.join(" ")
        );
    }
    step(&format!("apt-get install {}", packages.join(" ")), || {
        run(apt_get().args(["--quiet", "--quiet", "update"]))?;
        run(apt_get()
            .args(["--quiet", "--quiet", "--yes", "--no-install-recommends"])
            .arg("install")
            .args(packages))
    })
}

fn apt_get() -> Command {
    if is_root() {
        let mut command = Command::new("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive");
        return command;
    }
    // sudo drops the environment, so the variable goes on its command line.
    let mut command = Command::new("sudo");
    command.args([
        "--non-interactive",
        "DEBIAN_FRONTEND=noninteractive",
        "apt-get",
    ]);
    command
}

fn is_root() -> bool {
    output_of(Command::new("id").arg("-u")).is_some_and(|user| user == "0")
}

/// Whether sudo works without a password; in continuous integration nobody
/// could type one.
fn can_become_root() -> bool {
    env::consts::OS == "linux"
        && output_of(Command::new("sudo").args(["--non-interactive", "true"])).is_some()
}
