//! Runs every test, in one order, on every machine.

use std::{
    env, fs,
    io::{BufRead, BufReader},
    num::NonZero,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::Instant,
};

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::hub::HubServer;
use crate::make_model::{MakeModelArguments, ModelShape, make_model};
use crate::process::{cargo, project_root};
use crate::site::copy_files;
use crate::static_site::StaticSite;
use crate::step::step;
use crate::test_report::TestReport;
use crate::vulkan::{self, Adapter};
use crate::{chromium, package, site, tidy};

/// Where the models of the golden cases are served, in the site's folder.
const GOLDEN_MODELS: &str = "golden-models";

/// What `test` can be told.
#[derive(Args)]
pub(crate) struct TestArguments {
    /// Run the browser tests only.
    #[arg(long)]
    browser: bool,
    /// Run only tests whose name contains one of these.
    filters: Vec<String>,
}

/// Runs the tests and prints a summary; fails if anything failed.
pub(crate) fn test(arguments: &TestArguments) -> Result<()> {
    let start = Instant::now();
    let mut report = TestReport::default();
    // A failure does not stop the steps after it: one run shows all there is.
    if !arguments.browser && arguments.filters.is_empty() {
        report.note_step("formatting", &tidy::check_format());
        report.note_step("lints", &compile_and_lint());
    }
    let mut command = test_command(arguments);
    match prepare_browser_tests() {
        Ok(variables) => drop(command.envs(variables)),
        Err(error) => report.note_step("preparing the browser tests", &Err(error)),
    }
    match step("find a Vulkan driver", vulkan::ensure) {
        Ok(Adapter::Required) => drop(command.env("REQUIRE_ADAPTER", "1")),
        Ok(Adapter::Missing) => println!("    none, and none can be installed here"),
        Err(error) => report.note_step("finding a Vulkan driver", &Err(error)),
    }
    let outcome = step("cargo test", || run_tests(&mut command, &mut report));
    report.note_test_run(&outcome);

    println!("==> summary, after {:.0} s", start.elapsed().as_secs_f64());
    print!("{report}");
    if report.is_good() {
        Ok(())
    } else {
        bail!("not everything passed")
    }
}

/// Compiles every test by clippy, which is the compiler with more to say: lints by
/// themselves would have all dependencies compiled a second time.
fn compile_and_lint() -> Result<()> {
    tidy::ensure_clippy()?;
    step("compile and lint", || {
        let mut child = cargo_test()
            .args(["--workspace", "--no-run"])
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .context("cannot start cargo")?;
        let output = child.stderr.take().expect("stderr was piped above");
        let mut n_warnings = 0;
        for line in BufReader::new(output).split(b'\n') {
            let line = line.context("cannot read what the compiler prints")?;
            let line = String::from_utf8_lossy(&line);
            n_warnings += usize::from(line.starts_with("warning"));
            eprintln!("{line}");
        }
        let status = child.wait().context("cannot wait for cargo")?;
        if !status.success() {
            bail!("compiling the tests ended with {status}");
        }
        if n_warnings > 0 {
            bail!("the compiler warns of something");
        }
        Ok(())
    })
}

/// `cargo test` as everything here calls it, so that nothing is compiled twice.
fn cargo_test() -> Command {
    let mut command = cargo();
    command
        .args(["test", "--no-fail-fast"])
        .env("RUSTC_WORKSPACE_WRAPPER", "clippy-driver");
    if env::var_os("CI").is_some() {
        // A lock file that does not fit the manifests must not be mended in silence.
        command.arg("--locked");
    }
    command
}

fn test_command(arguments: &TestArguments) -> Command {
    let mut command = cargo_test();
    command.arg("--workspace");
    if arguments.browser {
        command.args(["--test", "browser"]);
    }
    // Half of what a test in the browser takes is waiting for the browser.
    let n_at_once = 2 * thread::available_parallelism().map_or(1, NonZero::get);
    // Shows what passing tests print: skips with their reasons, and figures.
    command
        .args(["--", "--show-output"])
        .arg(format!("--test-threads={n_at_once}"))
        .args(&arguments.filters);
    command
}

/// Builds and serves the site, finds the browser, and returns the variables that
/// tell the browser tests about them.
fn prepare_browser_tests() -> Result<Vec<(&'static str, String)>> {
    let dist = site::build()?;
    let chromium = step("find Chromium", chromium::ensure)?;
    println!("    browser: {}", chromium.display());
    let package = step("write the npm package", || package::write(&dist))?;
    let root = serve(&dist, "/", false)?;
    let hub = serve_hub()?;
    Ok(vec![
        ("INSEQ_PACKAGE", package.display().to_string()),
        ("INSEQ_SITE", root),
        ("INSEQ_USERS_HF_HOME", users_hub_home()),
        // The command line's tests have it as the Hub, with a cache of their own.
        ("HF_ENDPOINT", hub.clone()),
        ("HF_HOME", empty_folder("target/hub-home")?),
        ("INSEQ_HUB", hub),
        ("INSEQ_SITE_ISOLATED", serve(&dist, "/", true)?),
        ("INSEQ_SITE_UNDER_PREFIX", serve(&dist, "/a/b/", false)?),
        ("INSEQ_CHROMIUM", chromium.display().to_string()),
        (
            "INSEQ_SCREENSHOTS",
            project_root()
                .join("target/screenshots")
                .display()
                .to_string(),
        ),
    ])
}

/// Serves the site on a free port while this process lives; returns the address.
fn serve(dist: &Path, prefix: &str, is_isolated: bool) -> Result<String> {
    let golden_models = project_root().join("tests/golden/models");
    let site = StaticSite::bind(dist.to_owned(), 0, prefix)?
        .with_folder(GOLDEN_MODELS, golden_models)
        .isolated(is_isolated);
    let address = site.address();
    site.serve_in_background();
    Ok(address)
}

/// Where the Hub's own tools keep what this user has of it: real models are looked for
/// there, and downloaded into it.
fn users_hub_home() -> String {
    let usual = || Some(env::home_dir()?.join(".cache/huggingface"));
    let home = env::var_os("HF_HOME").map(PathBuf::from).or_else(usual);
    home.unwrap_or_default().display().to_string()
}

/// A folder of the project with nothing in it.
fn empty_folder(path: &str) -> Result<String> {
    let folder = project_root().join(path);
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("cannot empty {path}"))?;
    }
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {path}"))?;
    Ok(folder.display().to_string())
}

/// Serves the tests' models in the Hub's layout while this process lives; returns the
/// address.
fn serve_hub() -> Result<String> {
    let root = project_root();
    let golden_models = root.join("tests/golden/models");
    let made = root.join("target/hub");
    for (name, weights) in [
        ("marian-zip", "pytorch_model.bin"),
        ("marian-pickle", "pytorch_model.legacy.bin"),
    ] {
        // The same model, with its weights in one other format only.
        let folder = made.join(name);
        copy_files(&golden_models.join("marian"), &folder)?;
        let whole = fs::read(folder.join(weights)).context("cannot read weights")?;
        for other in [
            "model.safetensors",
            "pytorch_model.bin",
            "pytorch_model.legacy.bin",
        ] {
            fs::remove_file(folder.join(other)).context("cannot leave out weights")?;
        }
        fs::write(folder.join("pytorch_model.bin"), whole).context("cannot write weights")?;
    }
    make_masked_models(&made)?;
    let folders = vec![golden_models, root.join("web/models"), made];
    let server = HubServer::bind(folders, 0)?;
    let address = server.address().to_owned();
    server.serve_in_background();
    Ok(address)
}

/// A model with the masks that GPT-2's original has among its weights, and one of which a
/// mask is not what it should be: nothing may be taken for granted of that one.
fn make_masked_models(folder: &Path) -> Result<()> {
    let (masks, odd) = (folder.join("gpt2-masks"), folder.join("gpt2-odd-masks"));
    make_model(&MakeModelArguments::of(ModelShape::Gpt2Tiny).with_masks(masks.clone()))?;
    copy_files(&masks, &odd)?;
    let weights = odd.join("model.safetensors");
    let mut whole = fs::read(&weights).context("cannot read weights")?;
    // At the end of the last mask: what stands before it may have come by the way.
    let row = 1_f32.to_le_bytes().repeat(400);
    let place = whole.windows(row.len()).rposition(|bytes| bytes == row);
    whole[place.context("there is no mask in a model with masks")?] ^= 1;
    fs::write(&weights, whole).context("cannot write weights")
}

/// Runs cargo, passing on what it prints and counting what it says.
fn run_tests(command: &mut Command, report: &mut TestReport) -> Result<()> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot start cargo")?;
    let output = child.stdout.take().expect("stdout was piped above");
    for line in BufReader::new(output).split(b'\n') {
        let line = line.context("cannot read what the tests print")?;
        let line = String::from_utf8_lossy(&line);
        if report.read_line(&line) {
            println!("{line}");
        }
    }
    let status = child.wait().context("cannot wait for cargo")?;
    if !status.success() {
        bail!("cargo test ended with {status}");
    }
    Ok(())
}
