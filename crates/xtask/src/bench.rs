//! Runs the benches: native ones, and the same requests natively and in a browser.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use clap::Args;

use crate::bench_kernels::bench_kernels;
use crate::bench_peers::bench_peers;
use crate::hub::HubServer;
use crate::make_model::{
    MakeModelArguments, ModelShape, Numbers, WeightsFormat, made_model, make_model, models_folder,
};
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
    /// Instead measure how models of every shape and format load in a browser.
    #[arg(long, conflicts_with = "native")]
    loading: bool,
    /// Instead measure the processor's kernels in a browser, beside what the processor can
    /// do at most.
    #[arg(long, conflicts_with_all = ["native", "loading", "filter"])]
    kernels: bool,
    /// Instead measure the same in Inseq and in onnxruntime-web, in one run: needs Python,
    /// Node and gigabytes of packages.
    #[arg(long, conflicts_with_all = ["native", "loading", "kernels"])]
    peers: bool,
    /// With --peers: how times grow with a text and with what is attributed.
    #[arg(long, requires = "peers", conflicts_with = "filter")]
    growth: bool,
    /// Run only what has this in its name.
    filter: Option<String>,
}

/// Models that the benches measure.
pub(crate) const SHAPES: [ModelShape; 2] = [ModelShape::Gpt2, ModelShape::OpusMt];

/// What is loaded: shape, format, numbers, and whether with masks.
const LOADED: [(ModelShape, WeightsFormat, Numbers, bool); 10] = {
    use ModelShape::{Gpt2, Gpt2Medium, OpusMt, OpusMtTcBig};
    use Numbers::{F16, F32};
    use WeightsFormat::{PytorchPickle, PytorchZip, Safetensors, ShardedSafetensors};
    [
        (Gpt2, Safetensors, F32, false),
        (Gpt2, Safetensors, F32, true),
        (Gpt2, ShardedSafetensors, F32, false),
        (Gpt2, Safetensors, F16, false),
        (Gpt2, PytorchZip, F32, false),
        (Gpt2, PytorchPickle, F32, false),
        (Gpt2Medium, Safetensors, F32, false),
        (OpusMt, PytorchZip, F32, false),
        (OpusMtTcBig, Safetensors, F32, false),
        (OpusMtTcBig, PytorchZip, F16, false),
    ]
};

/// Makes the models, builds everything, and prints the figures.
pub(crate) fn bench(arguments: &BenchArguments) -> Result<()> {
    if arguments.kernels {
        return bench_kernels();
    }
    if arguments.loading {
        return bench_loading(arguments);
    }
    if arguments.peers {
        return bench_peers(arguments.growth, arguments.filter.as_deref());
    }
    for shape in SHAPES {
        make_model(&MakeModelArguments::of(shape))?;
    }
    step("native benches", || {
        run(bench_command(&["ops", "times"]).args(&arguments.filter))
    })?;
    if arguments.native {
        return Ok(());
    }
    let mut command = bench_in_browser()?;
    step("native and browser side by side", || {
        run(command.args(&arguments.filter))
    })
}

/// Builds and serves the site with the made models, while this process lives; the bench
/// that compares it with what runs natively.
pub(crate) fn bench_in_browser() -> Result<Command> {
    let dist = site::build()?;
    let folder = step("put the made models beside the site", || {
        beside_models(&dist)
    })?;
    let mut command = bench_command(&["browser"]);
    for (variable, is_isolated) in [("INSEQ_SITE", false), ("INSEQ_SITE_ISOLATED", true)] {
        let site = StaticSite::bind(folder.clone(), 0, "/")?.isolated(is_isolated);
        command.env(variable, site.address());
        site.serve_in_background();
    }
    let chromium = step("find Chromium", chromium::ensure)?;
    command.env("INSEQ_CHROMIUM", chromium);
    Ok(command)
}

/// Has a browser load made models from a server with the Hub's layout.
fn bench_loading(arguments: &BenchArguments) -> Result<()> {
    let mut names = Vec::new();
    for (shape, format, numbers, with_masks) in LOADED {
        let made = MakeModelArguments::of(shape).stored(format, numbers, with_masks);
        let name = made.name();
        if arguments
            .filter
            .as_ref()
            .is_none_or(|filter| name.contains(filter))
        {
            make_model(&made)?;
            names.push(name);
        }
    }
    let dist = site::build()?;
    let chromium = step("find Chromium", chromium::ensure)?;
    let site = StaticSite::bind(dist, 0, "/")?;
    let address = site.address();
    site.serve_in_background();
    let hub = HubServer::bind(vec![models_folder()], 0)?;
    let hub_address = hub.address().to_owned();
    hub.serve_in_background();
    step("load models in a browser", || {
        run(bench_command(&["loading"])
            .env("INSEQ_SITE", address)
            .env("INSEQ_HUB", hub_address)
            .env("INSEQ_LOADED_MODELS", names.join(" "))
            .env("INSEQ_CHROMIUM", chromium))
    })
}

pub(crate) fn bench_command(benches: &[&str]) -> Command {
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
