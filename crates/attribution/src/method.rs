use tensor::LocalFuture;

use crate::options::CheckedOptions;
use crate::run::{Collected, Run};
use crate::{OptionDescription, Result};

/// A way to find out which inputs made a target.
pub(crate) trait Method {
    /// Attributes every target of the run.
    fn attribute<'a>(&'a self, run: &'a Run<'a>) -> LocalFuture<'a, Result<Collected>>;

    /// About how many passes over the whole text that takes: forward ones, and reverse
    /// ones for one target each, which cost as much.
    fn n_passes(&self, size: RunSize) -> f64;
}

/// How much there is to attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunSize {
    /// Tokens of source and output.
    pub n_tokens: usize,
    /// Tokens that are attributed.
    pub n_targets: usize,
    /// Layers of one stack.
    pub n_layers: usize,
}

impl RunSize {
    /// The passes of gradients: one forward, and one back for each target.
    pub(crate) fn of_gradients(self) -> f64 {
        1.0 + self.n_targets as f64
    }
}

/// A method, for forms and help texts.
#[derive(Clone, Debug, PartialEq)]
pub struct MethodDescription {
    /// Inseq's id.
    pub id: &'static str,
    /// In words.
    pub title: &'static str,
    /// What it computes, in one sentence.
    pub sentence: &'static str,
    /// Authors and year.
    pub paper: &'static str,
    /// The paper's address.
    pub paper_url: &'static str,
    /// What can be set.
    pub options: Vec<OptionDescription>,
}

/// How a method is described and made.
pub(crate) struct MethodEntry {
    pub(crate) describe: fn() -> MethodDescription,
    pub(crate) make: fn(&CheckedOptions<'_>) -> Result<Box<dyn Method>>,
}
