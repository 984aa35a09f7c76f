use gloo::file::{Blob, ObjectUrl};
use leptos::prelude::*;

use crate::shown::Shown;

/// Saves the result as a file.
#[component]
pub(crate) fn Downloads(
    /// The result on screen.
    shown: RwSignal<Shown>,
) -> impl IntoView {
    view! {
        <div class="downloads" role="group" aria-label="Download">
            <DownloadLink
                title="Inseq JSON"
                test_id="download-json"
                mime_type="application/json"
                extension="inseq.json"
                shown
                content=|shown| shown.inseq_json.clone()
            />
            <DownloadLink
                title="HTML"
                test_id="download-html"
                mime_type="text/html;charset=utf-8"
                extension="html"
                shown
                content=Shown::html
            />
            <p class="help">"The JSON opens in Inseq; the HTML is one page without scripts."</p>
        </div>
    }
}

/// A link to a file made of the result.
#[component]
fn DownloadLink(
    /// Name of the format.
    title: &'static str,
    /// For browser tests.
    test_id: &'static str,
    /// The format, as browsers call it.
    mime_type: &'static str,
    /// End of the file's name.
    extension: &'static str,
    /// The result on screen.
    shown: RwSignal<Shown>,
    /// Makes the file.
    content: fn(&Shown) -> String,
) -> impl IntoView {
    // Setting another address drops the old one, and with it the browser's copy.
    let address = RwSignal::new_local(None::<ObjectUrl>);
    Effect::new(move || {
        let blob =
            shown.with(|shown| Blob::new_with_options(content(shown).as_str(), Some(mime_type)));
        address.set(Some(ObjectUrl::from(blob)));
    });
    view! {
        <a
            class="button"
            data-testid=test_id
            download=move || shown.with(|shown| shown.file_name(extension))
            href=move || address.with(|address| address.as_deref().unwrap_or_default().to_owned())
        >
            "Download " {title}
        </a>
    }
}
