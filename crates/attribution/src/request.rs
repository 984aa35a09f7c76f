use std::ops::Range;

use attribution_output::Compatibility;

use crate::{OptionValues, StepFunctions};

/// Bytes that intermediate values may take when the caller sets no budget.
pub const DEFAULT_MEMORY_BUDGET_BYTES: usize = 256 << 20;

/// What to attribute, and how.
#[derive(Clone, Debug)]
pub struct Request {
    /// Tokens of the source; `None` for decoder-only models.
    pub source: Option<Vec<u32>>,
    /// Tokens of the whole output, from the decoder start or the prompt on.
    pub target: Vec<u32>,
    /// How many of them were given: the prompt's, or 1 for the decoder start.
    pub n_given: usize,
    /// First attributed position of `target`; negative counts from the end.
    pub attr_pos_start: Option<i64>,
    /// End of the attributed positions, exclusive; negative counts from the end.
    pub attr_pos_end: Option<i64>,
    /// Id of the method.
    pub method: String,
    /// The method's options.
    pub method_options: OptionValues,
    /// The step functions that there are.
    pub step_functions: StepFunctions,
    /// Id of the attributed function.
    pub attributed_fn: String,
    /// Its options.
    pub attributed_fn_args: OptionValues,
    /// Ids of the step functions to report.
    pub step_scores: Vec<String>,
    /// Their options; each goes to every function that has it.
    pub step_scores_args: OptionValues,
    /// Attribute the decoder's prefix too. Decoder-only models always do.
    pub attribute_target: bool,
    /// Replace the end-of-sequence token in baselines, like any other.
    pub include_eos_baseline: bool,
    /// What to do where Inseq makes a mistake.
    pub compatibility: Compatibility,
    /// What becomes of the hidden axis.
    pub fold: Fold,
    /// Uniform numbers for a method that draws at random, in place of those of its
    /// seed, in the order in which it draws them; each at least 0 and below 1.
    pub recorded_draws: Option<Vec<f64>>,
    /// Bytes that intermediate values may take beside the weights. Work is cut to
    /// fit; the result does not depend on it.
    pub memory_budget_bytes: usize,
}

/// What becomes of the hidden axis of a raw attribution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fold {
    /// Vector norm, on the device.
    Norm,
    /// Kept and read back whole.
    Keep,
}

impl Request {
    /// A request for some tokens with Inseq's defaults.
    pub fn new(source: Option<Vec<u32>>, target: Vec<u32>, n_given: usize) -> Self {
        Self {
            source,
            target,
            n_given,
            attr_pos_start: None,
            attr_pos_end: None,
            method: crate::DEFAULT_METHOD.to_owned(),
            method_options: OptionValues::new(),
            step_functions: StepFunctions::default(),
            attributed_fn: crate::DEFAULT_FUNCTION.to_owned(),
            attributed_fn_args: OptionValues::new(),
            step_scores: Vec::new(),
            step_scores_args: OptionValues::new(),
            attribute_target: false,
            include_eos_baseline: false,
            compatibility: Compatibility::Corrected,
            fold: Fold::Norm,
            recorded_draws: None,
            memory_budget_bytes: DEFAULT_MEMORY_BUDGET_BYTES,
        }
    }

    /// Checks the names of method and functions, and their options.
    ///
    /// # Errors
    /// If a name is unknown, or an option or its value does not fit.
    pub fn check_names(&self) -> crate::Result<()> {
        crate::methods::method(&self.method, &self.method_options)?;
        self.step_functions
            .attributed(&self.attributed_fn, &self.attributed_fn_args)?;
        self.step_functions
            .step_scores(&self.step_scores, &self.step_scores_args)?;
        Ok(())
    }

    /// The attributed positions of `target`.
    pub(crate) fn range(&self) -> crate::Result<Range<usize>> {
        crate::positions::attributed_range(
            self.target.len(),
            self.n_given,
            self.attr_pos_start,
            self.attr_pos_end,
        )
    }
}
