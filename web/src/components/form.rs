use leptos::{ev::KeyboardEvent, prelude::*};

use super::{
    advanced_fields::AdvancedFields, device_line::DeviceLine, engine_notice::EngineNotice,
    failure_notice::FailureNotice, function_fields::FunctionFields, method_fields::MethodFields,
    model_field::ModelField, progress_line::ProgressLine, run_bar::RunBar,
    step_score_fields::StepScoreFields, text_fields::TextFields,
};
use crate::{state::State, words::t, worker::Engine};

/// Everything that can be asked, and how the asking goes.
#[component]
pub(crate) fn RequestForm(
    /// The page's store.
    state: State,
    /// Whom to ask.
    engine: Engine,
) -> impl IntoView {
    let work = move || {
        let description = state.description.get_untracked();
        let functions = description.map_or_else(Vec::new, |it| it.step_functions);
        state.draft.with_untracked(|draft| draft.work(&functions))
    };
    let run = move || match work() {
        Ok(work) => engine.run(work),
        Err(failure) => engine.refuse(failure),
    };
    let run_by_keyboard = move |event: KeyboardEvent| {
        if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
            event.prevent_default();
            run();
        }
    };
    view! {
        <form
            class="form"
            aria-label=t("Request")
            novalidate
            on:focusin=move |_| engine.wake()
            on:pointerdown=move |_| engine.wake()
            on:keydown=run_by_keyboard
            on:submit=move |event| {
                event.prevent_default();
                run();
            }
        >
            <ModelField state engine />
            <TextFields state />
            <MethodFields state engine />
            <FunctionFields state engine />
            <StepScoreFields state engine />
            <AdvancedFields draft=state.draft />
            <div class="actions">
                <RunBar run=state.run measurement=state.measurement aside=state.comparing.run engine_status=state.engine on_cancel=move || engine.cancel() />
                <ProgressLine run=state.run />
                <FailureNotice run=state.run />
                <EngineNotice engine_status=state.engine on_start=move || engine.start_again() />
            </div>
            <DeviceLine
                device=state.device
                notices=state.notices
                diagnosis=state.diagnosis
                on_diagnose=move || engine.diagnose()
            />
        </form>
    }
}
