use std::collections::BTreeMap;

use crate::{Scores, Spelling, Token};

/// The result of one run: settings, and one [`Attribution`] per sequence.
#[derive(Clone, Debug)]
pub struct AttributionOutput {
    /// How it was made; Inseq's `info`, keys as there.
    pub info: serde_json::Map<String, serde_json::Value>,
    /// One per sequence.
    pub sequences: Vec<Attribution>,
}

/// Which input tokens made one sequence's tokens.
#[derive(Clone, Debug)]
pub struct Attribution {
    /// Which default aggregation fits; Inseq's output class.
    pub kind: Kind,
    /// How the tokens are spelled.
    pub spelling: Spelling,
    /// Tokens of the source text, special ones included. For decoder-only models,
    /// the prompt.
    pub source: Vec<Token>,
    /// Tokens of the whole output, with decoder start or prompt.
    pub target: Vec<Token>,
    /// `[source, targets, ..]`; absent for decoder-only models.
    pub source_attributions: Option<Scores>,
    /// `[prefix, targets, ..]`: rows are the tokens of `target`, NaN where a row is
    /// not before its column.
    pub target_attributions: Option<Scores>,
    /// By name, one value per attributed target.
    pub step_scores: BTreeMap<String, Vec<f32>>,
    /// By name, matrices over source or target tokens.
    pub sequence_scores: BTreeMap<String, Scores>,
    /// Position in `target` of the first attributed token.
    pub attr_pos_start: usize,
    /// Position in `target` after the last attributed token.
    pub attr_pos_end: usize,
}

/// The shape of the raw scores, and with it the default aggregation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One value per token and hidden coordinate: vector norm, then columns
    /// normalized.
    Granular,
    /// One value per token: shown as it is.
    Coarse,
    /// One value per token, layer and perhaps head: means, columns normalized.
    MultiDimensional,
    /// No attributions, only step scores.
    Plain,
}
