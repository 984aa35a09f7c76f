use leptos::{prelude::*, task::spawn_local};

use crate::{clipboard::is_copied, words::t};

/// Copies a text, and says whether that was possible.
#[component]
pub(crate) fn CopyButton(
    /// What the button says.
    title: &'static str,
    /// For browser tests.
    test_id: &'static str,
    /// What is copied.
    #[prop(into)]
    text: Signal<String>,
    /// What changes when the text does, where the text is made for the copy alone.
    #[prop(into, optional)]
    changes: Option<Signal<()>>,
    /// Called with whether it could be copied.
    #[prop(into, optional)]
    on_done: Option<Callback<bool>>,
) -> impl IntoView {
    let outcome = RwSignal::new(None::<bool>);
    // What was copied is not what there is now.
    let track = move || match changes {
        Some(changes) => changes.track(),
        None => text.track(),
    };
    Effect::watch(track, move |_, _, _| outcome.set(None), false);
    let name = move || match outcome.get() {
        None => title,
        Some(true) => t("Copied"),
        Some(false) => t("Not allowed to copy"),
    };
    let copy = move |_| {
        let text = text.get_untracked();
        spawn_local(async move {
            let is_done = is_copied(&text).await;
            outcome.set(Some(is_done));
            if let Some(on_done) = on_done {
                on_done.run(is_done);
            }
        });
    };
    // A closed element's text is no name for those who look for one.
    view! {
        <button type="button" data-testid=test_id aria-label=name on:click=copy>
            {name}
        </button>
    }
}
