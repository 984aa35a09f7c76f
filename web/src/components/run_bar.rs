use leptos::prelude::*;

use crate::{
    state::{EngineStatus, Run},
    words::t,
};

/// Runs and cancels, and says why it cannot run just now.
#[component]
pub(crate) fn RunBar(
    /// The latest run.
    run: RwSignal<Run>,
    /// The latest measuring of a result.
    measurement: RwSignal<Run>,
    /// The latest run whose result is only compared.
    aside: RwSignal<Run>,
    /// How the engine is.
    engine_status: RwSignal<EngineStatus>,
    /// Ends the run.
    #[prop(into)]
    on_cancel: Callback<()>,
) -> impl IntoView {
    let is_running = Memo::new(move |_| run.with(Run::is_running));
    let is_measuring = Memo::new(move |_| measurement.with(Run::is_running));
    let is_comparing = Memo::new(move |_| aside.with(Run::is_running));
    let is_dead = move || matches!(engine_status.get(), EngineStatus::Dead { .. });
    let note = move || {
        if is_running.get() {
            t("One run at a time: cancel this one to start another.")
        } else if is_measuring.get() {
            t("A result is being measured: cancel that to run.")
        } else if is_comparing.get() {
            t("Runs to compare go on: cancel them to start another.")
        } else {
            match engine_status.get() {
                EngineStatus::Resting => t("The engine is not loaded yet; a run loads it."),
                EngineStatus::Starting => t("The engine is starting; a run waits for it."),
                EngineStatus::Ready if run.with(|run| *run == Run::Cancelled) => {
                    t("Cancelled. Nothing was changed.")
                }
                EngineStatus::Ready => t("Ctrl + Enter runs, too."),
                EngineStatus::Dead { .. } => t("The engine is not there."),
            }
        }
    };
    view! {
        <div class="run-bar">
            <button
                type="submit"
                class="primary"
                data-testid="run"
                aria-describedby="run-note"
                disabled=move || is_running.get() || is_measuring.get() || is_comparing.get() || is_dead()
            >
                {move || if is_running.get() { t("Running…") } else { t("Run") }}
            </button>
            <Show when=move || is_running.get()>
                <button type="button" data-testid="cancel" on:click=move |_| on_cancel.run(())>
                    {t("Cancel")}
                </button>
            </Show>
            <p class="help" id="run-note" data-testid="run-note" role="status">{note}</p>
        </div>
    }
}
