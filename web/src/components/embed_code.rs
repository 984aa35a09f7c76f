use attribution_output::to_inseq_json;
use leptos::prelude::*;
use protocol::{AttributeRequest, Work};

use super::copy_button::CopyButton;
use crate::{
    address,
    embed_code::{frame_code, live_code, page_code, player_code},
    link::MOST_WITH_RESULT,
    shown::Shown,
    ways_to_look::WaysToLook,
    words::t,
};

/// The player's file, beside the page.
const PLAYER: &str = "inseq-heatmap.js";
/// The live element's file, there too.
const PLAYGROUND: &str = "inseq-playground.js";

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
        player_code(&beside_page(PLAYER), &inseq_json)
    });
    let frame = Signal::derive(move || shown.with(|shown| frame_code(&shown.heatmap)));
    let page = Signal::derive(move || {
        let shared = shown.with(|shown| ways.with(|ways| shown.shared(ways)));
        let link = shared.link(MOST_WITH_RESULT);
        shown.with(|shown| page_code(&address::of_frame(&link.fragment), &shown.heatmap.title))
    });
    let asked = Memo::new(move |_| {
        shown.with(|shown| match shown.asked.as_ref().map(|run| &run.work) {
            Some(Work::Attribute(asked)) => Some(asked.clone()),
            _ => None,
        })
    });
    let live = Signal::derive(move || {
        let code = |asked: &AttributeRequest| live_code(&beside_page(PLAYGROUND), asked);
        asked
            .with(|asked| asked.as_ref().map(code))
            .unwrap_or_default()
    });
    let changes = Signal::derive(move || {
        shown.track();
        ways.track();
    });
    view! {
        <div class="downloads" role="group" aria-label=t("Show it in a post")>
            <CopyButton title=t("Copy embed code") test_id="copy-player" text=player changes />
            <CopyButton title=t("Copy script-free code") test_id="copy-frame" text=frame changes />
            <Show when=move || asked.with(Option::is_some)>
                <CopyButton title=t("Copy live code") test_id="copy-live" text=live changes />
            </Show>
            <CopyButton title=t("Copy frame of this page") test_id="copy-page" text=page changes />
        </div>
    }
}

/// Where a file of this site is, for pages elsewhere.
fn beside_page(file: &str) -> String {
    let page = document().base_uri().ok().flatten().unwrap_or_default();
    match web_sys::Url::new_with_base(file, &page) {
        Ok(url) => url.href(),
        // A page without an address of its own, as in a frame made of text.
        Err(_) => file.to_owned(),
    }
}
