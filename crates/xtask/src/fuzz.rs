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

/// The readers. Each begins with the files in the folder of its name under `SEEDS`.
const TARGETS: [&str; 6] = [
    "safetensors",
    "pytorch",
    "sentence_piece",
    "tokenizer_json",
    "config",
    "inseq_json",
];
const SEEDS: &str = "tests/fuzz/seeds";

/// A hang, in seconds for one input.
const LONGEST_SECS: u32 = 10;

/// Inputs are at most so long. Models are larger, but what a file claims must not make
/// more of a small one: no single piece of memory may be larger than the most that a
/// compressed file of this length becomes, a thousand times as much, nor all together
/// than some such pieces.
const LONGEST_BYTES: u32 = 100_000;
const MOST_MEGABYTES_AT_ONCE: u32 = 128;
const MOST_MEGABYTES: u32 = 1000;

/// Feeds the readers; the first panic, hang or excess is an error.
pub(crate) fn fuzz(arguments: &FuzzArguments) -> Result<()> {
    let cargo_fuzz = ensure_cargo_fuzz()?;
    let is_asked = |name: &str| {
        arguments
            .target
            .as_deref()
            .is_none_or(|asked| asked == name)
    };
    let targets: Vec<_> = TARGETS.into_iter().filter(|name| is_asked(name)).collect();
    if targets.is_empty() {
        bail!("no reader of this name; there are {}", TARGETS.join(", "));
    }
    let root = project_root();
    for name in targets {
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
                .arg(root.join(SEEDS).join(name))
                .arg("--")
                .arg(format!("-max_total_time={}", arguments.minutes * 60))
                .arg(format!("-timeout={LONGEST_SECS}"))
                .arg(format!("-max_len={LONGEST_BYTES}"))
                .arg(format!("-malloc_limit_mb={MOST_MEGABYTES_AT_ONCE}"))
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
