//! Composition: what is on the page, in which order.

use leptos::{mount::mount_to_body, prelude::*};

use crate::{
    components::{form::RequestForm, masthead::Masthead, result::ResultPanel},
    preparation::prepare_runs,
    state::State,
    worker::Engine,
};

/// Puts the page into the document.
pub(crate) fn mount() {
    mount_to_body(App);
}

/// The whole page.
#[component]
fn App() -> impl IntoView {
    let state = State::restore();
    let engine = Engine::start(state);
    prepare_runs(state, engine);
    view! {
        <style>{heatmap::level_style()}</style>
        <a class="skip" href="#result">"Skip to the result"</a>
        <Masthead appearance=state.appearance />
        <main class="page">
            <RequestForm state engine />
            <ResultPanel state engine />
        </main>
        <footer class="colophon">
            <p>
                "Inseq Web computes in this tab; no text leaves your device. Results follow "
                <a href="https://github.com/inseq-team/inseq">"Inseq"</a>
                " and can be opened with it."
            </p>
        </footer>
    }
}
