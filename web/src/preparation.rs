//! Has the chosen model loaded, and texts made into tokens, while the visitor still reads
//! and types.

use gloo::timers::callback::Timeout;
use leptos::prelude::{
    Effect, Get, GetUntracked, GetValue, Memo, SetValue, StoredValue, UpdateValue, With,
    WithUntracked,
};
use protocol::DeviceChoice;

use crate::{
    bundled_models::is_bundled, draft::Draft, state::State, tokenized::TextOfModel, worker::Engine,
};

/// How long typing must rest before small things are asked.
const REST_MS: u32 = 250;

/// Prepares runs for as long as the page lives.
pub(crate) fn prepare_runs(state: State, engine: Engine) {
    let model = Memo::new(move |_| state.draft.with(Draft::model_name));
    let device = Memo::new(move |_| state.draft.with(|draft| draft.device));
    let prepared_on = StoredValue::new(DeviceChoice::default());
    let is_free = Memo::new(move |_| state.is_free());
    Effect::new(move || {
        let name = model.get();
        let is_loaded = state
            .model
            .with_untracked(|loaded| loaded.as_ref().is_some_and(|loaded| loaded.model == name));
        let device = device.get();
        let is_elsewhere = prepared_on.get_value() != device;
        // What is not bundled may be large: it is fetched when a run needs it, or when the
        // visitor says so.
        let is_small = is_bundled(&name);
        if is_free.get() && is_small && (!is_loaded || is_elsewhere) {
            prepared_on.set_value(device);
            engine.load(&name);
        }
    });
    let texts = Memo::new(move |_| state.draft.with(TextOfModel::of_draft));
    ask_at_rest(
        move || {
            let texts = texts.get();
            let is_there = texts
                .first()
                .is_some_and(|text| state.has_model(&text.model));
            (is_free.get() && is_there).then_some(texts)
        },
        move |mut texts| {
            // A run that started meanwhile goes first; it makes the question come again.
            if !is_free.get_untracked() {
                return;
            }
            texts.retain(|text| {
                state
                    .tokens
                    .with_untracked(|known| known.get(text).is_none())
            });
            engine.tokenize(texts);
        },
    );
}

/// Asks `question` whenever what it reads changes, and, once that has rested for a moment,
/// does `ask` with the latest answer.
pub(crate) fn ask_at_rest<Question: 'static>(
    question: impl Fn() -> Option<Question> + 'static,
    ask: impl Fn(Question) + Clone + 'static,
) {
    let timer = StoredValue::new_local(None::<Timeout>);
    Effect::new(move || {
        let wanted = question();
        let ask = ask.clone();
        // What was about to be asked is about a text that is no longer there.
        timer.update_value(|timer| {
            *timer = wanted.map(|question| Timeout::new(REST_MS, move || ask(question)));
        });
    });
}
