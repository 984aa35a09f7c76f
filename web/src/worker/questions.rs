//! What the page asks beside runs.

use leptos::prelude::Set;
use protocol::{EstimatedMethod, Work};

use super::Engine;
use crate::state::LookUp;

impl Engine {
    /// Asks what is known of a model, and what a method would cost with it.
    pub(crate) fn inspect(self, model: &str, estimated: EstimatedMethod) {
        self.state.look_up.set(LookUp::Asked(model.to_owned()));
        self.ask(Work::Inspect {
            model: model.to_owned(),
            estimated: Some(estimated),
        });
    }

    /// Asks which models are kept.
    pub(crate) fn list_kept(self) {
        self.ask(Work::ListKept);
    }

    /// Has the kept files of a model deleted.
    pub(crate) fn forget(self, model: &str) {
        self.ask(Work::Forget {
            model: model.to_owned(),
        });
    }

    /// Asks what is known of device and work.
    pub(crate) fn diagnose(self) {
        self.ask(Work::Diagnose);
    }

    /// Counts the tokens of a text.
    pub(crate) fn count_tokens(self, model: &str, text: &str) {
        self.ask(Work::Tokenize {
            model: model.to_owned(),
            text: text.to_owned(),
            as_target: false,
        });
    }
}
