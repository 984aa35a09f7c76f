use attribution_output::to_inseq_json;
use leptos::prelude::*;

use super::copy_button::CopyButton;
use crate::{
    address,
    embed_code::{frame_code, page_code, player_code},
    link::MOST_WITH_RESULT,
    shown::Shown,
    ways_to_look::WaysToLook,
};

/// The player's file, beside the page.
const PLAYER: &str = "inseq-heatmap.js";

/// Copies what shows the result in another page.
#[component]
pub(crate) fn EmbedCode(
    /// The result on screen.
    shown: RwSignal<Shown>,
    /// How it is looked at.
    ways: RwSignal<WaysToLook>,
) -> impl IntoView {
    // Written anew: what hangs on a context has a file of another kind.
    let player = Signal::derive(move || {
        let inseq_json = shown.with(|shown| to_inseq_json(&shown.output));
        player_code(&player_address(), &inseq_json)
    });
    let frame = Signal::derive(move || shown.with(|shown| frame_code(&shown.heatmap)));
    let page = Signal::derive(move || {
        let shared = shown.with(|shown| ways.with(|ways| shown.shared(ways)));
        let link = shared.link(MOST_WITH_RESULT);
        shown.with(|shown| page_code(&address::of_frame(&link.fragment), &shown.heatmap.title))
    });
    let changes = Signal::derive(move || {
        shown.track();
        ways.track();
    });
    view! {
        <div class="downloads" role="group" aria-label="Show it in a post">
            <CopyButton title="Copy embed code" test_id="copy-player" text=player changes />
            <CopyButton title="Copy script-free code" test_id="copy-frame" text=frame changes />
            <CopyButton title="Copy frame of this page" test_id="copy-page" text=page changes />
        </div>
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
