use std::sync::atomic::{AtomicU32, Ordering};

use js_sys::Uint8Array;
use leptos::{ev::KeyboardEvent, prelude::*, task::spawn_local};
use wasm_bindgen_futures::JsFuture;
use web_sys::{File, HtmlInputElement};

use crate::{
    fetched::fetched,
    opened_result::{MOST_BYTES, read_with_breaks},
    shown::{Origin, Shown},
    state::{Opening, State},
    words::{t, tf},
};

/// Opens a result of Inseq or of this page: a file, a text, or what is at an address.
#[component]
pub(crate) fn OpenResult(
    /// The page's store.
    state: State,
) -> impl IntoView {
    let text = RwSignal::new(String::new());
    let address = RwSignal::new(String::new());
    let open_text = move |_| {
        let name = t("pasted text").to_owned();
        let text = text.get_untracked().into_bytes();
        let origin = Origin::Opened { name: name.clone() };
        open_when_read(state, name, read_with_breaks(text, origin));
    };
    let open_address = move || {
        let address = address.get_untracked().trim().to_owned();
        if !address.is_empty() {
            open_address(state, address);
        }
    };
    view! {
        <details class="open-result" data-testid="open-result">
            <summary>{t("Open a result")}</summary>
            <p class="help">
                {t("A file that Inseq or this page saved, of an attribution or of its contexts. It can be dropped anywhere on the page, is not uploaded, and needs no model.")}
            </p>
            <div class="field">
                <label for="result-file">{t("From a file")}</label>
                <input
                    id="result-file"
                    type="file"
                    accept=".json,.gz,application/json"
                    data-testid="result-file"
                    on:change=move |event| {
                        let field = event_target::<HtmlInputElement>(&event);
                        if let Some(file) = field.files().and_then(|files| files.get(0)) {
                            open_file(state, file);
                        }
                        // The same file may be chosen again after it was changed.
                        field.set_value("");
                    }
                />
            </div>
            <div class="field">
                <label for="result-address">{t("From an address")}</label>
                <div class="with-button">
                    <input
                        id="result-address"
                        type="text"
                        inputmode="url"
                        data-testid="result-address"
                        placeholder="https://…"
                        autocapitalize="off"
                        autocomplete="off"
                        spellcheck="false"
                        prop:value=move || address.get()
                        on:input:target=move |event| address.set(event.target().value())
                        on:keydown=move |event: KeyboardEvent| {
                            if event.key() == "Enter" {
                                event.prevent_default();
                                open_address();
                            }
                        }
                    />
                    <button
                        type="button"
                        data-testid="open-address"
                        aria-label=t("Open the result at this address")
                        on:click=move |_| open_address()
                    >
                        {t("Open")}
                    </button>
                </div>
            </div>
            <div class="field">
                <label for="result-text">{t("From its text")}</label>
                <textarea
                    id="result-text"
                    class="code"
                    data-testid="result-text"
                    rows="3"
                    spellcheck="false"
                    prop:value=move || text.get()
                    on:input:target=move |event| text.set(event.target().value())
                ></textarea>
                <button
                    type="button"
                    data-testid="open-text"
                    aria-label=t("Open this text")
                    on:click=open_text
                >
                    {t("Open this text")}
                </button>
            </div>
        </details>
    }
}

/// Why a result could not be opened, or that one is on its way.
#[component]
pub(crate) fn OpeningNotice(
    /// Where the opening is.
    opening: RwSignal<Opening>,
) -> impl IntoView {
    // The regions are always there, so that readers of the screen notice their content.
    view! {
        <p class="help" role="status" data-testid="opening">
            {move || match opening.get() {
                Opening::Reading { name, .. } => Some(tf("Opening {name}…", &[("name", &name)])),
                Opening::Idle | Opening::Failed(_) => None,
            }}
        </p>
        <div role="alert">
            {move || match opening.get() {
                Opening::Failed(message) => {
                    Some(
                        view! {
                            <div class="notice" data-testid="opening-failed">
                                <p class="notice-title">{t("This could not be opened")}</p>
                                <p>{message}</p>
                            </div>
                        },
                    )
                }
                Opening::Idle | Opening::Reading { .. } => None,
            }}
        </div>
    }
}

/// Opens a result as soon as it is read, unless another is opened meanwhile.
fn open_when_read(
    state: State,
    name: String,
    reading: impl Future<Output = Result<Shown, String>> + 'static,
) {
    static N_OPENINGS: AtomicU32 = AtomicU32::new(0);
    let number = N_OPENINGS.fetch_add(1, Ordering::Relaxed);
    let own = Opening::Reading { name, number };
    state.opening.set(own.clone());
    spawn_local(async move {
        let shown = reading.await;
        if state.opening.get_untracked() == own {
            // What failed is told beside the result.
            let _ = state.open(shown);
        }
    });
}

/// Opens a file from disk.
pub(crate) fn open_file(state: State, file: File) {
    open_when_read(state, file.name(), read_file(file));
}

/// Reads the result in a file from disk. The error is in words for the visitor.
pub(super) async fn read_file(file: File) -> Result<Shown, String> {
    let (name, n_bytes) = (file.name(), file.size());
    if n_bytes > MOST_BYTES as f64 {
        return Err(tf(
            "{name} has {size} MB; at most {most} MB are read",
            &[
                ("name", &name),
                ("size", &format!("{:.0}", n_bytes / 1e6)),
                ("most", &(MOST_BYTES / 1_000_000)),
            ],
        ));
    }
    let bytes = JsFuture::from(file.array_buffer())
        .await
        .map_err(|_| tf("{name} could not be read", &[("name", &name)]))?;
    let bytes = Uint8Array::new(&bytes).to_vec();
    read_with_breaks(bytes, Origin::Opened { name }).await
}

/// Opens the result at an address.
pub(crate) fn open_address(state: State, address: String) {
    let name = address.clone();
    open_when_read(state, address.clone(), async move {
        let bytes = fetched(&address, MOST_BYTES).await?;
        read_with_breaks(bytes, Origin::Opened { name }).await
    });
}
