//! What the page asks beside runs.

use leptos::prelude::{Set, UpdateValue};
use protocol::{AlignRequest, EstimatedMethod, Work};
use web_sys::File;

use super::Engine;
use super::line::{ChosenFiles, text_of};
use crate::{state::LookUp, tokenized::TextOfModel};

impl Engine {
    /// Measures how faithful a result is, and what chance reaches, unless a run goes on.
    pub(crate) fn measure(self, asked: [Work; 2]) {
        if self.state.running().is_some() {
            return;
        }
        self.state.begin(self.state.measurement);
        asked.into_iter().for_each(|work| self.ask(work));
    }

    /// Loads a model before it is needed.
    pub(crate) fn load(self, model: &str) {
        self.make_room_for(model);
        self.state.model.set(None);
        self.ask(Work::Load {
            model: model.to_owned(),
        });
    }

    /// Gives files from disk to the engine; the name by which they are a model, if there
    /// are any.
    pub(crate) fn give_files(self, files: &[File]) -> Option<String> {
        let chosen = ChosenFiles::new(files)?;
        let name = chosen.model_name();
        let given = self.line.try_update_value(|line| line.give(chosen).err());
        if let Some(Some(error)) = given {
            self.replace_dead(&text_of(&error));
        }
        Some(name)
    }

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
