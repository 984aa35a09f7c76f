//! The files beside a bundled model: `held-out.json`, and its figures in
//! `training/measured.json`.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;

/// Sentences that training never saw, and probes of planted shares.
#[derive(Deserialize)]
pub(crate) struct HeldOut<Item, Probe> {
    pub(crate) items: Vec<Item>,
    pub(crate) shares: Vec<Probe>,
}

#[derive(Deserialize)]
pub(crate) struct PromptItem {
    pub(crate) kind: String,
    pub(crate) family: String,
    pub(crate) prompt: String,
    pub(crate) expected: String,
}

#[derive(Deserialize)]
pub(crate) struct PromptProbe {
    pub(crate) occupation: String,
    pub(crate) share: f64,
    pub(crate) prompt: String,
    pub(crate) she: String,
    pub(crate) he: String,
}

#[derive(Deserialize)]
pub(crate) struct TranslationItem {
    pub(crate) kind: String,
    pub(crate) source: String,
    pub(crate) target: String,
}

#[derive(Deserialize)]
pub(crate) struct TranslationProbe {
    pub(crate) occupation: String,
    pub(crate) share: f64,
    pub(crate) source: String,
    pub(crate) she_piece: String,
    pub(crate) he_piece: String,
}

/// What the model cards state, made with transformers.
#[derive(Deserialize)]
pub(crate) struct Stated {
    pub(crate) right_percent: BTreeMap<String, f64>,
    pub(crate) items: BTreeMap<String, usize>,
    pub(crate) shares: StatedShares,
}

#[derive(Deserialize)]
pub(crate) struct StatedShares {
    pub(crate) tau: f64,
    pub(crate) probes: BTreeMap<String, f64>,
}

pub(crate) fn read_json<Content: DeserializeOwned>(path: &Path) -> Content {
    let text = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
