//! Runs the benches: native ones, and the same requests natively and in a browser.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use clap::Args;

use crate::make_model::{MakeModelArguments, ModelShape, made_model, make_model};
use crate::process::{cargo, project_root, run};
use crate::static_site::StaticSite;
use crate::step::step;
use crate::{chromium, site};

/// What `bench` can be told.
#[derive(Args)]
pub(crate) struct BenchArguments {
    /// Leave the browser out: nothing is built for it.
    #[arg(long)]
    native: bool,
    /// Run only what has this in its name.
    filter: Option<String>,
}

/// Models that the benches measure.
const SHAPES: [ModelShape; 2] = [ModelShape::Gpt2, ModelShape::OpusMt];

/// Makes the models, builds everything, and prints the figures.
pub(crate) fn bench(arguments: &BenchArguments) -> Result<()> {
    for shape in SHAPES {
        make_model(&MakeModelArguments::of(shape))?;
    }
    step("native benches", || {
        run(bench_command(&["ops", "times"]).args(&arguments.filter))
    })?;
    if arguments.native {
        return Ok(());
    }
    let dist = site::build()?;
    let folder = step("put the made models beside the site", || {
        beside_models(&dist)
    })?;
    let chromium = step("find Chromium", chromium::ensure)?;
    let site = StaticSite::bind(folder, 0, "/")?;
    let address = site.address();
    site.serve_in_background();
    step("native and browser side by side", || {
        run(bench_command(&["browser"])
            .env("INSEQ_SITE", address)
            .env("INSEQ_CHROMIUM", chromium))
    })
}

fn bench_command(benches: &[&str]) -> Command {
    let mut command = cargo();
    command.args(["bench", "--quiet"]);
    for bench in benches {
        command.args(["--bench", bench]);
    }
    command.arg("--");
    command
}

/// A copy of the site with the made models in it: what is published has none.
fn beside_models(dist: &Path) -> Result<PathBuf> {
    let folder = project_root().join("target/bench-site");
    if folder.exists() {
        fs::remove_dir_all(&folder).context("cannot remove the last bench's site")?;
    }
    site::copy_files(dist, &folder)?;
    for shape in SHAPES {
        link_files(
            &made_model(shape),
            &folder.join("models").join(shape.name()),
        )?;
    }
    Ok(folder)
}

/// The same files under another name; hundreds of megabytes are not copied.
fn link_files(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("cannot make the folder {}", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let entry = entry.with_context(|| format!("cannot read {}", from.display()))?;
        fs::hard_link(entry.path(), to.join(entry.file_name()))
            .with_context(|| format!("cannot link {}", entry.path().display()))?;
    }
    Ok(())
}
