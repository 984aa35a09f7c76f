//! Has the chosen model loaded, and the input's tokens counted, while the visitor
//! still reads and types.

use gloo::timers::callback::Timeout;
use leptos::prelude::{
    Effect, Get, GetUntracked, GetValue, Memo, Set, SetValue, StoredValue, UpdateValue, With,
    WithUntracked,
};
use protocol::DeviceChoice;

use crate::{
    bundled_models::is_bundled,
    draft::Draft,
    state::{EngineStatus, Run, State},
    worker::Engine,
};

/// How long typing must rest before its tokens are counted.
const REST_MS: u32 = 250;

/// Prepares runs for as long as the page lives.
pub(crate) fn prepare_runs(state: State, engine: Engine) {
    let model = Memo::new(move |_| state.draft.with(Draft::model_name));
    let device = Memo::new(move |_| state.draft.with(|draft| draft.device));
    let prepared_on = StoredValue::new(DeviceChoice::default());
    let input = Memo::new(move |_| state.draft.with(|draft| draft.texts().input));
    let is_free = Memo::new(move |_| {
        let is_running = state.run.with(Run::is_running)
            || state.measurement.with(Run::is_running)
            || state.comparing.is_running();
        state.engine.get() == EngineStatus::Ready && !is_running
    });
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
    let timer = StoredValue::new_local(None::<Timeout>);
    Effect::new(move || {
        let (name, text) = (model.get(), input.get());
        state.n_input_tokens.set(None);
        let is_there = is_bundled(&name)
            || state
                .model
                .with(|loaded| loaded.as_ref().is_some_and(|loaded| loaded.model == name));
        if is_free.get() && is_there && !text.is_empty() {
            let count = move || {
                // A run that started meanwhile goes first; it makes this effect run again.
                if is_free.get_untracked() {
                    engine.count_tokens(&name, &text);
                }
            };
            timer.update_value(|timer| *timer = Some(Timeout::new(REST_MS, count)));
        }
    });
}
