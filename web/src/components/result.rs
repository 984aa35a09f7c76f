use leptos::{html::Section, prelude::*};
use web_sys::Element;

use super::{
    all_methods::AllMethodsPanel, compare::ComparePanel, compute_anew::ComputeAnew,
    context_list::ContextList, downloads::Downloads, embed_code::EmbedCode,
    faithfulness::FaithfulnessPanel, history_list::HistoryList, open_result::OpenResult,
    open_result::OpeningNotice, same_run_panel::SameRunPanel, settings_list::SettingsList,
    share::Share, text_choice::TextChoice, tinted_text::TintedText, view_switch::ViewSwitch,
    ways_fields::WaysFields,
};
use crate::{
    address,
    link::MOST_WITH_RESULT,
    shown::Origin,
    state::State,
    words::{t, tf},
    worker::Engine,
};

/// A result: the text itself, the table, and how both were made.
#[component]
pub(crate) fn ResultPanel(
    /// The page's store.
    state: State,
    /// Whom to ask.
    engine: Engine,
) -> impl IntoView {
    let State {
        shown,
        ways,
        ways_failure,
        column,
        ..
    } = state;
    let origin = Memo::new(move |_| shown.with(|shown| shown.origin.clone()));
    let title = move || origin.with(|origin| titled(origin).0);
    let note = move || origin.with(|origin| titled(origin).1);
    let has_context = Memo::new(move |_| shown.with(|shown| shown.context.is_some()));
    let can_be_measured =
        Memo::new(move |_| shown.with(|shown| shown.context.is_none() && shown.texts.is_empty()));
    let panel = NodeRef::<Section>::new();
    Effect::new(move || {
        let is_computed = shown.with(|shown| shown.origin != Origin::StoredExample);
        if let Some(panel) = panel.get_untracked().filter(|_| is_computed) {
            bring_into_view(&panel);
        }
    });
    view! {
        <section node_ref=panel class="result" id="result" tabindex="-1" aria-labelledby="result-title" data-testid="result">
            <div>
                <OpeningNotice opening=state.opening />
                <p class="kicker"><strong data-testid="origin">{title}</strong> <span>{note}</span></p>
                <h2 id="result-title">{move || question(has_context.get())}</h2>
                <SettingsList shown />
                <ComputeAnew state engine />
            </div>
            <TextChoice state />
            <ContextList shown column />
            <WaysFields shown ways ways_failure />
            <TintedText shown column />
            <ViewSwitch shown ways column />
            // Cues are scores of two readings, which no removal measures; of a file with
            // several texts, one alone is on screen.
            <Show when=move || can_be_measured.get()>
                <FaithfulnessPanel state engine />
            </Show>
            <ComparePanel state engine />
            <AllMethodsPanel state engine />
            <div class="take-along">
                <Downloads shown />
                <Share shown ways />
                <EmbedCode shown ways />
            </div>
            <div class="more">
                <SameRunPanel shown />
                <OpenResult state />
                <HistoryList state />
            </div>
        </section>
    }
}

/// The same inside another page: the result and ways to look at it.
#[component]
pub(crate) fn FramedResult(
    /// The page's store.
    state: State,
    /// Whether nothing but what went wrong is shown.
    #[prop(into)]
    is_hidden: Signal<bool>,
) -> impl IntoView {
    let State {
        shown,
        ways,
        ways_failure,
        column,
        ..
    } = state;
    let has_context = Memo::new(move |_| shown.with(|shown| shown.context.is_some()));
    let link = Memo::new(move |_| {
        let shared = shown.with(|shown| ways.with(|ways| shown.shared(ways)));
        address::with_fragment(&shared.link(MOST_WITH_RESULT).fragment)
    });
    view! {
        <section class="result" id="result" aria-labelledby="result-title" data-testid="result">
            <OpeningNotice opening=state.opening />
            <Show when=move || !is_hidden.get()>
                <h2 id="result-title">{move || question(has_context.get())}</h2>
                <SettingsList shown />
                <TextChoice state />
                <ContextList shown column />
                <WaysFields shown ways ways_failure />
                <TintedText shown column />
                <ViewSwitch shown ways column />
                <p class="help">
                    <a href=move || link.get() target="_blank" rel="noopener" data-testid="open-whole">
                        {t("Open in Inseq Web")}
                    </a>
                </p>
            </Show>
        </section>
    }
}

fn question(has_context: bool) -> &'static str {
    match has_context {
        true => t("What hangs on the context?"),
        false => t("Why these words?"),
    }
}

/// What a result is, and what to know of where it is from.
fn titled(origin: &Origin) -> (&'static str, String) {
    match origin {
        Origin::StoredExample => (
            t("Stored example"),
            t("Came with the page. Press Run to compute your own.").to_owned(),
        ),
        Origin::Computed { .. } => (t("Your result"), t("Computed in this tab.").to_owned()),
        Origin::Opened { name } => (
            t("Opened result"),
            tf(
                "From {name}. Nothing was computed here.",
                &[("name", &name)],
            ),
        ),
        Origin::Linked => (
            t("Stored result"),
            t("Came in the link, as its sender had it. Nothing was computed here.").to_owned(),
        ),
        Origin::Kept => (
            t("Stored result"),
            t("Of an earlier run in this browser.").to_owned(),
        ),
    }
}

/// Where the form fills the window, whoever ran it wants to see what came of it.
fn bring_into_view(panel: &Element) {
    let height = web_sys::window()
        .and_then(|window| window.inner_height().ok()?.as_f64())
        .unwrap_or(f64::INFINITY);
    if panel.get_bounding_client_rect().top() > height / 2.0 {
        panel.scroll_into_view();
    }
}
