use leptos::prelude::*;

use crate::{
    shown::Origin,
    state::{EngineStatus, Run, State},
    words::t,
    worker::Engine,
};

/// Computes a stored result again, in this tab.
#[component]
pub(crate) fn ComputeAnew(
    /// The page's store.
    state: State,
    /// Whom to ask.
    engine: Engine,
) -> impl IntoView {
    let asked = Memo::new(move |_| {
        state.shown.with(|shown| match shown.origin {
            Origin::Computed { .. } | Origin::StoredExample => None,
            Origin::Opened { .. } | Origin::Linked | Origin::Kept => shown.asked.clone(),
        })
    });
    let cannot_run = move || {
        state.run.with(Run::is_running)
            || state.measurement.with(Run::is_running)
            || state.comparing.is_running()
            || matches!(state.engine.get(), EngineStatus::Dead { .. })
    };
    let run = move |_| {
        if let Some(asked) = asked.get_untracked() {
            state.draft.update(|draft| draft.ask_again(&asked));
            engine.run(asked.work);
        }
    };
    view! {
        <Show when=move || asked.with(Option::is_some)>
            <button type="button" data-testid="compute-anew" disabled=cannot_run on:click=run>
                {t("Compute it anew")}
            </button>
        </Show>
    }
}
