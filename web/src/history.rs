//! Earlier runs, kept in this browser across reloads.

use serde::{Deserialize, Serialize};

use crate::{link::SharedRun, storage};

const KEY: &str = "inseq-web.history";
/// How many runs are kept.
const MOST_RUNS: usize = 30;
/// How long all of them may be together, in characters; browsers keep five million.
const MOST_CHARACTERS: usize = 1_500_000;
/// A result that would be longer is left out; its request is kept.
const MOST_OF_RESULT: usize = 150_000;

/// The runs, the latest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct History {
    /// They.
    pub(crate) runs: Vec<KeptRun>,
    /// Whether the browser refused to keep them: they last as long as the page.
    pub(crate) is_refused: bool,
}

/// One run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct KeptRun {
    /// When it ended, in milliseconds since 1970; what it is known by.
    pub(crate) ended_ms: f64,
    /// Its text, method and model, for the list.
    pub(crate) title: String,
    /// Whether its result is kept, too.
    pub(crate) has_result: bool,
    /// The run, as a link holds it.
    pub(crate) fragment: String,
}

impl History {
    /// As the last visit left it.
    pub(crate) fn restore() -> Self {
        Self {
            runs: storage::restore(KEY).unwrap_or_default(),
            is_refused: false,
        }
    }

    /// Adds a run, and drops the oldest where there is no room for it.
    pub(crate) fn add(&mut self, run: &SharedRun, ended_ms: f64) {
        let Some(asked) = &run.asked else { return };
        let link = run.link(MOST_OF_RESULT);
        let kept = KeptRun {
            ended_ms,
            title: asked.title(),
            has_result: link.has_result,
            fragment: link.fragment,
        };
        self.take_over_other_tabs();
        // The same run once more takes the place of the one before.
        self.runs.retain(|other| {
            other.ended_ms != ended_ms && !(other.title == kept.title && is_same(other, run))
        });
        self.runs.insert(0, kept);
        self.keep();
    }

    /// Deletes one.
    pub(crate) fn delete(&mut self, ended_ms: f64) {
        self.take_over_other_tabs();
        self.runs.retain(|run| run.ended_ms != ended_ms);
        self.keep();
    }

    /// Deletes all.
    pub(crate) fn clear(&mut self) {
        self.runs.clear();
        self.keep();
    }

    /// What other tabs have kept or deleted meanwhile holds, where anything can be kept.
    fn take_over_other_tabs(&mut self) {
        if let Some(runs) = storage::restore(KEY).filter(|_| !self.is_refused) {
            self.runs = runs;
        }
    }

    fn keep(&mut self) {
        self.bound();
        self.is_refused = !storage::is_kept(KEY, &self.runs);
    }

    fn bound(&mut self) {
        self.runs.truncate(MOST_RUNS);
        let mut n_characters = 0;
        let fitting = self.runs.iter().take_while(|run| {
            n_characters += run.fragment.len() + run.title.len();
            n_characters <= MOST_CHARACTERS
        });
        self.runs.truncate(fitting.count());
    }
}

/// Whether a kept run asks the same.
fn is_same(kept: &KeptRun, run: &SharedRun) -> bool {
    match SharedRun::read(&kept.fragment) {
        Some(Ok(other)) => other.asked == run.asked && other.ways == run.ways,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(ended_ms: f64, length: usize) -> KeptRun {
        KeptRun {
            ended_ms,
            title: String::new(),
            has_result: true,
            fragment: "x".repeat(length),
        }
    }

    #[test]
    fn number_and_length_are_bounded_and_the_latest_stay() {
        let mut history = History {
            runs: (0..100).map(|number| kept(f64::from(number), 10)).collect(),
            is_refused: false,
        };
        history.bound();
        assert_eq!(history.runs.len(), MOST_RUNS);
        assert_eq!(history.runs[0].ended_ms, 0.0);
        history.runs[1] = kept(1.0, MOST_CHARACTERS);
        history.bound();
        assert_eq!(history.runs.len(), 1);
    }
}
