//! The chosen model, whether it ships with the page or not.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    bundled_models::{BUNDLED_MODELS, BundledModel},
    words::t,
};

/// A model that does not ship with the page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct OtherModel {
    /// Whether it reads a source text apart from its output.
    pub(crate) is_encoder_decoder: bool,
}

/// The chosen model, as a form needs to know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ChosenModel {
    /// Its name in requests.
    pub(crate) name: String,
    /// Whether it reads a source text apart from its output.
    pub(crate) is_encoder_decoder: bool,
    /// What it knows, in one sentence, if it ships with the page.
    pub(crate) sentence: Option<&'static str>,
    /// Sentences worth trying.
    pub(crate) presets: &'static [&'static str],
}

/// Before the name of files that were chosen from disk.
pub(crate) const CHOSEN_FILES: &str = "files:";

impl ChosenModel {
    /// The model of this name; the first bundled one for a name that is not known, such
    /// as one kept from an earlier version of the page.
    pub(crate) fn named(name: &str, others: &BTreeMap<String, OtherModel>) -> Self {
        match others.get(name) {
            Some(other) => Self {
                name: name.to_owned(),
                is_encoder_decoder: other.is_encoder_decoder,
                sentence: None,
                presets: match other.is_encoder_decoder {
                    // Nobody knows which language it reads.
                    true => &[],
                    false => BUNDLED_MODELS[0].presets,
                },
            },
            None => {
                let model = BundledModel::named(name).unwrap_or(&BUNDLED_MODELS[0]);
                Self {
                    name: model.name.to_owned(),
                    is_encoder_decoder: model.is_encoder_decoder,
                    sentence: Some(model.sentence),
                    presets: model.presets,
                }
            }
        }
    }

    /// What the input is called.
    pub(crate) fn input_title(&self) -> &'static str {
        if self.is_encoder_decoder {
            t("Source sentence")
        } else {
            t("Prompt")
        }
    }
}
