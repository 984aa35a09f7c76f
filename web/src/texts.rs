//! What is explained, as it was typed.

use serde::{Deserialize, Serialize};

/// What was typed for one model.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Texts {
    /// What comes before the prompt or source sentence; empty where nothing does.
    pub(crate) context: String,
    /// The prompt or source sentence.
    pub(crate) input: String,
    /// The output to force; empty to have one generated.
    pub(crate) generated: String,
}

impl Texts {
    /// An input whose output is to be generated.
    pub(crate) fn of_input(input: &str) -> Self {
        Self {
            input: input.to_owned(),
            ..Self::default()
        }
    }

    /// Whether what hangs on a context is asked.
    pub(crate) fn has_context(&self) -> bool {
        !self.context.trim().is_empty()
    }
}
