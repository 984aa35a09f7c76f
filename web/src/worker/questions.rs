//! What the page asks beside runs.

use leptos::prelude::{Set, UpdateValue};
use protocol::{AlignRequest, EstimatedMethod, Work};

use super::Engine;
use crate::{state::LookUp, tokenized::TextOfModel};

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

    /// Asks for the tokens of texts; those that wait to be asked for are forgotten.
    pub(crate) fn tokenize(self, texts: Vec<TextOfModel>) {
        self.line.update_value(|line| {
            let is_other = |work: &Work| !matches!(work, Work::Tokenize { .. });
            line.waiting.retain(is_other);
        });
        for text in texts {
            let TextOfModel {
                model,
                text,
                as_target,
            } = text;
            self.ask(Work::Tokenize {
                model,
                text,
                as_target,
            });
        }
    }

    /// Asks which tokens of two outputs stand against each other.
    pub(crate) fn align(self, asked: AlignRequest) {
        self.ask(Work::Align(asked));
    }
}
