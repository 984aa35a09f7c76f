//! Feeds readers of foreign files with what nobody wrote.

use std::fs;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::process::{cargo, project_root, run};
use crate::step::step;
use crate::tools::ensure_cargo_fuzz;

/// What `fuzz` can be told.
#[derive(Args)]
pub(crate) struct FuzzArguments {
    /// The only reader to feed; all of them unless given.
    target: Option<String>,
    /// Minutes for each.
    #[arg(long, default_value_t = 10)]
    minutes: u32,
}

/// Readers, and folders of files that each may begin with.
const TARGETS: [(&str, &[&str]); 6] = [
    ("safetensors", &["tests/golden/models/gpt2"]),
    ("pytorch", &["tests/golden/models/marian"]),
    ("sentence_piece", &["tests/golden/models/marian"]),
    ("tokenizer_json", &["tests/golden/models/gpt2"]),
    (
        "config",
        &["tests/golden/models/gpt2", "tests/golden/models/marian"],
    ),
    ("inseq_json", &["tests/golden/files"]),
];

/// A hang, in seconds for one input.
const LONGEST_SECS: u32 = 10;

/// Inputs are at most so long, and may take so much memory: models are larger, but what
/// a file claims must not make more of a small one.
const LONGEST_BYTES: u32 = 1_000_000;
const MOST_MEGABYTES: u32 = 2000;

/// Feeds the readers; the first panic, hang or excess is an error.
pub(crate) fn fuzz(arguments: &FuzzArguments) -> Result<()> {
    let cargo_fuzz = ensure_cargo_fuzz()?;
    let is_asked = |name: &str| {
        arguments
            .target
            .as_deref()
            .is_none_or(|asked| asked == name)
    };
    let targets: Vec<_> = TARGETS
        .into_iter()
        .filter(|(name, _)| is_asked(name))
        .collect();
    if targets.is_empty() {
        bail!(
            "no reader of this name; there are {}",
            TARGETS.map(|(name, _)| name).join(", ")
        );
    }
    let root = project_root();
    for (name, seeds) in targets {
        let corpus = root.join("target/fuzz/corpus").join(name);
        fs::create_dir_all(&corpus).context("cannot make the folder of inputs")?;
        let title = format!("feed {name} for {} minutes", arguments.minutes);
        step(&title, || {
            let mut command = cargo();
            command
                .args(["fuzz", "run", "--fuzz-dir", "tests/fuzz", "--target-dir"])
                .arg(root.join("target/fuzz"))
                .arg(name)
                .arg(&corpus)
                .args(seeds)
                .arg("--")
                .arg(format!("-max_total_time={}", arguments.minutes * 60))
                .arg(format!("-timeout={LONGEST_SECS}"))
                .arg(format!("-max_len={LONGEST_BYTES}"))
                .arg(format!("-rss_limit_mb={MOST_MEGABYTES}"))
                .arg("-print_final_stats=1")
                .current_dir(&root)
                // The compiler's watch over memory is an unstable option of a stable one.
                .env("RUSTC_BOOTSTRAP", "1")
                .env("PATH", &cargo_fuzz);
            run(&mut command)
        })?;
    }
    Ok(())
}
