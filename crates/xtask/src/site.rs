//! Makes the static site in `dist/`.

use std::{
    fmt, fs,
    io::Write as _,
    panic::resume_unwind,
    path::{Path, PathBuf},
    process::Command,
    thread,
};

use anyhow::{Context, Result};
use flate2::{Compression, write::GzEncoder};

use crate::engine_programs::{self, EngineProgram};
use crate::package;
use crate::player;
use crate::process::{project_root, run};
use crate::publishing::{self, BuildArguments};
use crate::service_worker;
use crate::showcases;
use crate::step::step;
use crate::tools::Tools;
use crate::wasm_names::remove_names;
use crate::wasm_toolchain::WasmToolchain;

/// Builds the site and returns its folder.
pub(crate) fn build() -> Result<PathBuf> {
    build_for(&BuildArguments::default())
}

/// The same for a place where it will be published.
pub(crate) fn build_for(arguments: &BuildArguments) -> Result<PathBuf> {
    let toolchain = step("find the wasm compiler", WasmToolchain::ensure)?;
    let tools = step("find trunk and wasm-bindgen", Tools::ensure)?;
    step("download the crates", || fetch_crates(toolchain))?;
    let dist = project_root().join("dist");
    let source = toolchain.ensure_standard_library_source();
    step("build the page and the worker", || {
        run_trunk(toolchain, &tools)
    })?;
    let with_threads = thread::scope(|scope| -> Result<_> {
        // Linking takes a minute of one core alone, and this program shares no folder with the
        // other. Beside all of the others it takes longer than after them: measured.
        let with_threads = scope.spawn(|| {
            source?;
            step("compile the worker with threads", || {
                EngineProgram::Threads.compile(toolchain, engine_programs::PLAIN)
            })
        });
        step("build the worker with relaxed SIMD", || {
            EngineProgram::RelaxedSimd.build(toolchain, &tools, &dist)
        })?;
        Ok(with_threads
            .join()
            .unwrap_or_else(|panic| resume_unwind(panic)))
    })?;
    let with_threads = with_threads.and_then(|program| {
        let name = EngineProgram::Threads.name();
        engine_programs::bind(&tools, &program, &dist, name)
    });
    if let Err(error) = with_threads {
        // It is compiled in a way that not every compiler knows; nothing needs it.
        println!("    warning: the site has no threads: {error:#}");
    }
    remove_names(&dist)?;
    step("copy the bundled models", || copy_models(&dist))?;
    step("write the player", || player::write(&dist))?;
    step("write the playground", || package::write_playground(&dist))?;
    step("write the showcases", || showcases::write(&dist))?;
    service_worker::fill_in(&dist)?;
    report_sizes(&dist)?;
    publishing::write(&dist, arguments)?;
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

/// Copies each `web/models/demo-*` to `models/` in a folder, but for what only tests read.
pub(crate) fn copy_models(dist: &Path) -> Result<()> {
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
        if entry.path().is_file() && entry.file_name() != "held-out.json" {
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

/// Prints what the page downloads before it is usable, by file, as it is and as a
/// host that compresses sends it; then the same of each model.
fn report_sizes(dist: &Path) -> Result<()> {
    println!("    {}", dist.display());
    println!("           raw       gzip");
    let program = report_folder(dist)?;
    println!("    {program}  before the page is usable");
    for model in read_folder(&dist.join("models"))? {
        let mut sum = Size::default();
        for file in read_folder(&model.path())? {
            sum = sum + Size::of(&file.path())?;
        }
        println!(
            "    {sum}  models/{}, once chosen",
            model.file_name().display()
        );
    }
    Ok(())
}

fn report_folder(folder: &Path) -> Result<Size> {
    let mut sum = Size::default();
    for entry in read_folder(folder)? {
        if entry.path().is_file() {
            let size = Size::of(&entry.path())?;
            let name = entry.file_name();
            println!("    {size}  {}", name.display());
            // A visitor downloads one of the programs.
            let others = [EngineProgram::RelaxedSimd, EngineProgram::Threads];
            let is_of =
                |program: &EngineProgram| name.to_string_lossy().starts_with(program.name());
            if !others.iter().any(is_of) {
                sum = sum + size;
            }
        }
    }
    Ok(sum)
}

/// In bytes.
#[derive(Clone, Copy, Default)]
pub(crate) struct Size {
    pub(crate) raw: usize,
    pub(crate) gzip: usize,
}

impl Size {
    pub(crate) fn of(file: &Path) -> Result<Self> {
        let bytes = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        let mut compressed = GzEncoder::new(Vec::new(), Compression::default());
        compressed.write_all(&bytes)?;
        Ok(Self {
            raw: bytes.len(),
            gzip: compressed.finish()?.len(),
        })
    }
}

impl std::ops::Add for Size {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            raw: self.raw + other.raw,
            gzip: self.gzip + other.gzip,
        }
    }
}

impl fmt::Display for Size {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [raw, gzip] = [self.raw, self.gzip].map(|bytes| bytes as f64 / 1e3);
        write!(formatter, "{raw:>7.1} kB {gzip:>7.1} kB")
    }
}
