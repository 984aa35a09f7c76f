//! Times things, for benches; without asking for times, runs each once.
//!
//! `cargo bench` passes `--bench`; `cargo test` does not, so that a bench is also a
//! test of itself, on models small enough for it.

use std::time::{Duration, Instant};

/// Runs what is to be measured.
pub struct Stopwatch {
    is_measuring: bool,
    /// Only what has this in its name is run, if given.
    filter: Option<String>,
}

/// What a few runs of one thing took.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// The shortest: what it costs when nothing else runs.
    pub least: Duration,
    /// The one in the middle: how noisy the machine is.
    pub median: Duration,
}

impl Stopwatch {
    /// Reads the arguments that cargo and the user gave.
    pub fn from_arguments() -> Self {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        Self {
            is_measuring: arguments.iter().any(|argument| argument == "--bench"),
            filter: arguments
                .into_iter()
                .find(|argument| !argument.starts_with('-')),
        }
    }

    /// Whether times are wanted; otherwise everything runs once, on tiny models.
    pub fn is_measuring(&self) -> bool {
        self.is_measuring
    }

    /// Whether the user wants this one.
    pub fn wants(&self, name: &str) -> bool {
        self.filter
            .as_ref()
            .is_none_or(|filter| name.contains(filter.as_str()))
    }

    /// Runs once to warm up, then `n` times; prints and returns what they took.
    /// `None` if times are not wanted: it ran once.
    pub fn time(&self, name: &str, n: usize, mut run: impl FnMut()) -> Option<Timing> {
        if !self.wants(name) {
            return None;
        }
        run();
        if !self.is_measuring {
            println!("{name}: ran once");
            return None;
        }
        let mut taken: Vec<Duration> = (0..n.max(1))
            .map(|_| {
                let started = Instant::now();
                run();
                started.elapsed()
            })
            .collect();
        taken.sort();
        let timing = Timing {
            least: taken[0],
            median: taken[taken.len() / 2],
        };
        println!(
            "{name:<58} {:>10} {:>10}",
            in_units(timing.least),
            in_units(timing.median)
        );
        Some(timing)
    }
}

/// Three digits and a unit.
pub fn in_units(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    match seconds {
        _ if seconds >= 1.0 => format!("{seconds:.2} s"),
        _ if seconds >= 1e-3 => format!("{:.1} ms", seconds * 1e3),
        _ => format!("{:.1} µs", seconds * 1e6),
    }
}
