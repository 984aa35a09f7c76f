//! Makes visible what a chore is doing, and how long it takes.

use std::time::Instant;

use anyhow::Result;

/// Runs `work`, printing `title` before it and the time it took after it.
pub(crate) fn step<T>(title: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    println!("==> {title}");
    let start = Instant::now();
    let outcome = work();
    let seconds = start.elapsed().as_secs_f64();
    let word = if outcome.is_ok() { "done" } else { "failed" };
    println!("    {word} after {seconds:.1} s: {title}");
    outcome
}
