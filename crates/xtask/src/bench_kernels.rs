//! Has a browser measure the processor's kernels.

use std::fs;

use anyhow::{Context, Result};

use crate::bench::bench_command;
use crate::chromium;
use crate::engine_programs::{EngineProgram, bind};
use crate::process::{project_root, run};
use crate::static_site::StaticSite;
use crate::step::step;
use crate::tools::Tools;
use crate::wasm_toolchain::WasmToolchain;

/// Prints what each kernel reaches of what the processor can do.
pub(crate) fn bench_kernels() -> Result<()> {
    let toolchain = step("find the wasm compiler", WasmToolchain::ensure)?;
    let tools = step("find wasm-bindgen", Tools::ensure)?;
    let folder = project_root().join("target/bench-kernels");
    step("build the kernels", || {
        fs::create_dir_all(&folder).context("cannot make a folder for the program")?;
        let program = EngineProgram::RelaxedSimd.compile(toolchain, "kernels")?;
        bind(&tools, &program, &folder, "kernels")
    })?;
    let chromium = step("find Chromium", chromium::ensure)?;
    let site = StaticSite::bind(folder, 0, "/")?;
    let address = site.address();
    site.serve_in_background();
    step("measure", || {
        run(bench_command(&["tab_kernels"])
            .env("INSEQ_KERNELS", address)
            .env("INSEQ_CHROMIUM", chromium))
    })
}
