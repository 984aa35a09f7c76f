use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::OptionValue;

/// A model as it is known before its weights are fetched.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelFacts {
    /// As it was asked for.
    pub model: String,
    /// `gpt2` or `marian`.
    pub family: String,
    /// Whether it reads a source text apart from its output.
    pub is_encoder_decoder: bool,
    /// Which commit of its repository would be used, where there is one.
    pub commit: Option<String>,
    /// As its card says.
    pub license: Option<String>,
    /// Codes of languages, as its card says.
    pub languages: Vec<String>,
    /// The files that a run needs.
    pub files: Vec<String>,
    /// How long these are together, where that is known.
    pub n_bytes: Option<u64>,
    /// Number of weights.
    pub n_parameters: u64,
    /// What the weights take in memory.
    pub weights_bytes: u64,
    /// Why it cannot be loaded here, with the numbers, if it cannot.
    pub obstacle: Option<String>,
    /// What the method that was named would cost, if one was and it can be said.
    pub estimate: Option<Estimate>,
}

/// A method of which the cost is asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EstimatedMethod {
    /// Its id.
    pub method: String,
    /// Its options by their Inseq names; defaults where absent.
    pub method_options: BTreeMap<String, OptionValue>,
}

/// About what a method costs, on the device that would compute it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The method's id.
    pub method: String,
    /// The device that was calibrated.
    pub device: String,
    /// How many tokens are given.
    pub n_given_tokens: usize,
    /// How many tokens after them are attributed.
    pub n_attributed_tokens: usize,
    /// Seconds, once the model is there; within a factor of about two.
    pub secs: f64,
    /// Memory for weights and the run together, at most.
    pub memory_bytes: u64,
}

/// A model of which files are kept for the next visit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptModel {
    /// As a request names it.
    pub model: String,
    /// How much room its files take.
    pub n_bytes: u64,
}
