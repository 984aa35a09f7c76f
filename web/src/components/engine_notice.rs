use leptos::prelude::*;

use crate::{
    state::EngineStatus,
    words::{said, t},
};

/// Says that the engine was given up, and lets the visitor start it again.
#[component]
pub(crate) fn EngineNotice(
    /// How the engine is.
    engine_status: RwSignal<EngineStatus>,
    /// Starts it again.
    #[prop(into)]
    on_start: Callback<()>,
) -> impl IntoView {
    let reason = move || match engine_status.get() {
        EngineStatus::Dead { reason } => Some(reason),
        EngineStatus::Resting | EngineStatus::Starting | EngineStatus::Ready => None,
    };
    view! {
        <div role="alert">
            {move || {
                reason()
                    .map(|reason| {
                        view! {
                            <div class="notice" data-testid="engine-dead">
                                <p class="notice-title">{t("The engine does not start")}</p>
                                <p>{said(&reason)}</p>
                                <button
                                    type="button"
                                    data-testid="start-again"
                                    on:click=move |_| on_start.run(())
                                >
                                    {t("Start it again")}
                                </button>
                            </div>
                        }
                    })
            }}
        </div>
    }
}
