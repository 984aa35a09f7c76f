//! Sees to it that WebGPU can be tested natively: on Linux by a Vulkan driver, at least
//! the one that computes on the processor.

use std::path::Path;

use anyhow::Result;

use crate::debian_packages;

/// Where drivers for Vulkan are listed.
const DRIVERS: [&str; 3] = [
    "/usr/share/vulkan/icd.d",
    "/etc/vulkan/icd.d",
    "/usr/local/share/vulkan/icd.d",
];

/// What the system has for WebGPU.
pub(crate) enum Adapter {
    /// Tests must not go without.
    Required,
    /// None could be installed; tests that need it say so.
    Missing,
}

/// Looks for a driver, and installs Mesa's if there is none and the system is Debian's.
pub(crate) fn ensure() -> Result<Adapter> {
    if !cfg!(target_os = "linux") || has_driver() {
        return Ok(Adapter::Required);
    }
    if !debian_packages::can_install() {
        return Ok(Adapter::Missing);
    }
    debian_packages::install(&["mesa-vulkan-drivers", "libvulkan1"])?;
    Ok(Adapter::Required)
}

fn has_driver() -> bool {
    let is_one = |folder: &str| {
        let entries = Path::new(folder).read_dir();
        entries.is_ok_and(|mut entries| entries.next().is_some())
    };
    DRIVERS.iter().any(|folder| is_one(folder))
}
