use attribution_output::to_inseq_json;
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;

use crate::embed_code::{frame_code, player_code};
use crate::shown::Shown;

/// The player's file, beside the page.
const PLAYER: &str = "inseq-heatmap.js";
const REFUSED: &str = "The browser did not let this page copy.";

/// Copies what shows the result in another page.
#[component]
pub(crate) fn EmbedCode(
    /// The result on screen.
    shown: RwSignal<Shown>,
) -> impl IntoView {
    // Written anew: what hangs on a context has a file of another kind.
    let player = move || {
        let inseq_json = shown.with_untracked(|shown| to_inseq_json(&shown.output));
        player_code(&player_address(), &inseq_json)
    };
    let frame = move || shown.with_untracked(|shown| frame_code(&shown.heatmap));
    view! {
        <div class="downloads" role="group" aria-label="Show it in a post">
            <CopyButton title="Copy embed code" test_id="copy-player" code=player />
            <CopyButton title="Copy script-free code" test_id="copy-frame" code=frame />
        </div>
    }
}

/// A button that copies text and says whether it did.
#[component]
fn CopyButton(
    /// What is copied.
    title: &'static str,
    /// For browser tests.
    test_id: &'static str,
    /// Makes the text.
    code: impl Fn() -> String + 'static,
) -> impl IntoView {
    let said = RwSignal::new("");
    let copy = move |_| {
        // Pages from insecure addresses have no clipboard.
        let clipboard = js_sys::Reflect::get(&window().navigator(), &"clipboard".into());
        let Some(clipboard) = clipboard
            .ok()
            .and_then(|found| found.dyn_into::<web_sys::Clipboard>().ok())
        else {
            said.set(REFUSED);
            return;
        };
        let copying = wasm_bindgen_futures::JsFuture::from(clipboard.write_text(&code()));
        leptos::task::spawn_local(async move {
            said.set(match copying.await {
                Ok(_) => "Copied.",
                Err(_) => REFUSED,
            });
        });
    };
    view! {
        <button type="button" data-testid=test_id on:click=copy>
            {title}
        </button>
        <span role="status">{said}</span>
    }
}

/// Where the player of this site is, for pages elsewhere.
fn player_address() -> String {
    let page = document().base_uri().ok().flatten().unwrap_or_default();
    match web_sys::Url::new_with_base(PLAYER, &page) {
        Ok(url) => url.href(),
        // A page without an address of its own, as in a frame made of text.
        Err(_) => PLAYER.to_owned(),
    }
}
