//! Runs whose results do not go on screen.

use js_sys::Date;
use leptos::prelude::{GetUntracked, Update, WithUntracked};
use protocol::{Failure, Work};

use super::{Engine, line::model_of_run};
use crate::{shown::Shown, state::Run};

impl Engine {
    /// Runs something whose result is compared and does not go on screen, unless a run
    /// goes on.
    pub(crate) fn run_aside(self, work: Work) {
        if self.state.running().is_some() {
            return;
        }
        if let Some(model) = model_of_run(&work) {
            self.make_room_for(model);
        }
        self.state.begin(self.state.comparing.run);
        self.ask(work);
    }

    /// Whether such a run goes on.
    pub(super) fn is_aside(self) -> bool {
        self.state.comparing.run.with_untracked(Run::is_running)
    }

    /// Takes what came of it, and asks the next one if there is any. One that was made by
    /// itself is kept among the earlier runs; those of all methods would push out the
    /// others.
    pub(super) fn take_aside(self, result: Result<Shown, Failure>) {
        let (state, now_ms) = (self.state, Date::now());
        let is_alone = !state.comparing.is_for_all.get_untracked();
        if let Some(shown) = result.as_ref().ok().filter(|_| is_alone) {
            let shared = state.ways.with_untracked(|ways| shown.shared(ways));
            state.history.update(|history| history.add(&shared, now_ms));
        }
        if let Some(next) = state.comparing.take(result, now_ms) {
            state.begin(state.comparing.run);
            self.ask(next);
        }
    }
}
