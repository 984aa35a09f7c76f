use js_sys::{Date, Object, Reflect};
use leptos::prelude::*;
use wasm_bindgen::JsValue;

use crate::{
    history::KeptRun,
    link::SharedRun,
    shown::Origin,
    state::{Opening, State},
    words::{Language, t, tf},
};

/// Earlier runs: to be looked at again, or deleted.
#[component]
pub(crate) fn HistoryList(
    /// The page's store.
    state: State,
) -> impl IntoView {
    let history = state.history;
    let n_runs = Memo::new(move |_| history.with(|history| history.runs.len()));
    let is_refused = Memo::new(move |_| history.with(|history| history.is_refused));
    let open = move |run: &KeptRun| match SharedRun::read(&run.fragment) {
        Some(Ok(shared)) => state.open_shared(shared, Origin::Kept),
        Some(Err(message)) => state.opening.set(Opening::Failed(message)),
        None => state.opening.set(Opening::Failed(
            t("what was kept of this run is broken").to_owned(),
        )),
    };
    let drawn = move |run: KeptRun| {
        let when = when(run.ended_ms);
        let note = match run.has_result {
            true => when,
            false => tf("{when}, request only", &[("when", &when)]),
        };
        let label = tf("Delete {title}", &[("title", &run.title)]);
        let ended_ms = run.ended_ms;
        let title = run.title.clone();
        let opens = tf("Open {title}", &[("title", &title)]);
        view! {
            <li>
                <button
                    type="button"
                    class="chip"
                    data-testid="open-kept"
                    aria-label=opens
                    on:click=move |_| open(&run)
                >
                    {title}
                </button>
                <span class="help">{note}</span>
                <button
                    type="button"
                    class="chip"
                    data-testid="delete-kept"
                    aria-label=label
                    on:click=move |_| history.update(|history| history.delete(ended_ms))
                >
                    {t("Delete")}
                </button>
            </li>
        }
    };
    view! {
        <details class="history" data-testid="history">
            <summary>{move || tf("Earlier runs ({n})", &[("n", &n_runs.get())])}</summary>
            <p class="help" data-testid="history-words" role="status">
                {move || match (is_refused.get(), n_runs.get()) {
                    (true, _) => {
                        t("This browser does not let the page keep them, or has no room: they are \
                           gone when the page is closed.")
                    }
                    (false, 0) => t("Your runs are listed here, and stay in this browser."),
                    (false, _) => {
                        t("Kept in this browser, and nowhere else. The oldest make room for new ones.")
                    }
                }}
            </p>
            <ul>{move || history.get().runs.into_iter().map(drawn).collect_view()}</ul>
            <Show when=move || n_runs.get() != 0>
                <button
                    type="button"
                    data-testid="delete-all-kept"
                    aria-label=t("Delete all earlier runs")
                    on:click=move |_| history.update(|history| history.clear())
                >
                    {t("Delete all")}
                </button>
            </Show>
        </details>
    }
}

/// In the visitor's own time.
pub(super) fn when(ended_ms: f64) -> String {
    let style = Object::new();
    for (name, value) in [("dateStyle", "medium"), ("timeStyle", "short")] {
        // A plain object takes any property.
        let _ = Reflect::set(&style, &name.into(), &value.into());
    }
    let date = Date::new(&JsValue::from_f64(ended_ms));
    date.to_locale_string(Language::spoken().locale(), &style)
        .into()
}
