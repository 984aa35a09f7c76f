use serde::{Deserialize, Serialize};

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
}

/// A model of which files are kept for the next visit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptModel {
    /// As a request names it.
    pub model: String,
    /// How much room its files take.
    pub n_bytes: u64,
}
