//! Composition: what is on the page, in which order.

use leptos::{mount::mount_to_body, prelude::*, task::spawn_local};
use web_sys::{DragEvent, File};

use crate::{
    address::{self, Wanted},
    components::{
        form::RequestForm,
        masthead::Masthead,
        open_result::{open_address, open_file},
        result::ResultPanel,
    },
    framed::FramedPage,
    level_style,
    link::SharedRun,
    next_task::next_task,
    preparation::prepare_runs,
    shown::Origin,
    state::{EngineStatus, Opening, State},
    words::{around_link, t},
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
    level_style::adopt();
    let is_embedded = address::is_embedded();
    if is_embedded {
        state.engine.set(EngineStatus::Resting);
    }
    match address::wanted() {
        Some(Wanted::Shared(shared)) => {
            let has_result = matches!(
                &*shared,
                Ok(SharedRun {
                    result: Some(_),
                    ..
                })
            );
            if has_result {
                state.engine.set(EngineStatus::Resting);
            }
            open_link(state, *shared);
        }
        Some(Wanted::Fetched(address)) => {
            state.engine.set(EngineStatus::Resting);
            open_address(state, address);
        }
        None => {}
    }
    address::watch(move |shared| open_link(state, shared));
    if is_embedded {
        return view! { <FramedPage state /> }.into_any();
    }
    let engine = Engine::start(state);
    prepare_runs(state, engine);
    let take_dropped = move |event: DragEvent| {
        // A file of a model is taken where models are chosen.
        if let Some(file) = file_of(&event).filter(|_| !event.default_prevented()) {
            event.prevent_default();
            open_file(state, file);
        }
    };
    // The form can be used before the result beside it is drawn.
    let is_form_drawn = RwSignal::new(false);
    spawn_local(async move {
        next_task().await;
        is_form_drawn.set(true);
    });
    let (before, after) = around_link(
        "Inseq Web computes in this tab; no text leaves your device. Results follow {link} and \
         can be opened with it.",
    );
    view! {
        <a class="skip" href="#result">{t("Skip to the result")}</a>
        <Masthead appearance=state.appearance />
        <main
            class="page"
            on:dragover=move |event: DragEvent| event.prevent_default()
            on:drop=take_dropped
        >
            <RequestForm state engine />
            <Show when=move || is_form_drawn.get()>
                <ResultPanel state engine />
            </Show>
        </main>
        <footer class="colophon">
            <p>
                {before}
                <a href="https://github.com/inseq-team/inseq">"Inseq"</a>
                {after}
            </p>
        </footer>
    }
    .into_any()
}

/// Opens what a link holds, or says why that cannot be.
fn open_link(state: State, shared: Result<SharedRun, String>) {
    match shared {
        Ok(shared) => state.open_shared(shared, Origin::Linked),
        Err(message) => state.opening.set(Opening::Failed(message)),
    }
}

fn file_of(event: &DragEvent) -> Option<File> {
    event.data_transfer()?.files()?.get(0)
}
