use gloo::file::{Blob, ObjectUrl};
use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen::JsCast;
use web_sys::HtmlAnchorElement;

use crate::{
    pixels::png,
    shown::Shown,
    words::{t, tf},
};

const HTML: &str = "text/html;charset=utf-8";

/// Saves the result as a file.
#[component]
pub(crate) fn Downloads(
    /// The result on screen.
    shown: RwSignal<Shown>,
) -> impl IntoView {
    let has_context = Memo::new(move |_| shown.with(|shown| shown.context.is_some()));
    let json_title = Signal::derive(move || match has_context.get() {
        true => t("context JSON"),
        false => "Inseq JSON",
    });
    let is_large = Memo::new(move |_| shown.with(|shown| shown.heatmap.is_large()));
    let failure = RwSignal::new(None::<String>);
    Effect::watch(
        move || shown.track(),
        move |_, _, _| failure.set(None),
        false,
    );
    let words = move || match has_context.get() {
        true => t(
            "The JSON is what Inseq’s attribute-context saves; it opens here, and in Python \
               with AttributeContextOutput.from_dict.",
        ),
        false => t("The JSON opens in Inseq and here; the HTML is one page without scripts."),
    };
    let text = move |title, test_id, mime_type, extension, content| {
        view! { <TextDownload title test_id mime_type extension shown failure content /> }
    };
    view! {
        <div class="downloads" role="group" aria-label=t("Download")>
            <DownloadLink
                title=json_title
                test_id="download-json"
                mime_type="application/json"
                extension="inseq.json"
                shown
                content=|shown| shown.inseq_json.clone()
            />
            // A link has its file from the beginning; of a large result that is made only
            // when it is asked for.
            {move || match is_large.get() {
                true => text("HTML", "download-html", HTML, "html", |shown| Ok(shown.html())).into_any(),
                false => view! {
                    <DownloadLink
                        title="HTML"
                        test_id="download-html"
                        mime_type=HTML
                        extension="html"
                        shown
                        content=Shown::html
                    />
                }
                .into_any(),
            }}
            <PngDownload shown failure />
            {text("SVG", "download-svg", "image/svg+xml", "svg", |shown| Ok(shown.svg()))}
            {text("CSV", "download-csv", "text/csv;charset=utf-8", "csv", Shown::csv)}
            {text("LaTeX", "download-latex", "application/x-tex", "tex", |shown| Ok(shown.latex()))}
            <p class="help">{words} " " {t("Each file says how its numbers were made.")}</p>
            <p class="help" role="alert" data-testid="download-failed">{move || failure.get()}</p>
        </div>
    }
}

/// A link to a file made of the result.
#[component]
fn DownloadLink(
    /// Name of the format.
    #[prop(into)]
    title: Signal<&'static str>,
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
            {move || download(title.get())}
        </a>
    }
}

/// Makes a file of text when it is asked for, and saves it.
#[component]
fn TextDownload(
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
    /// Why the last file could not be made.
    failure: RwSignal<Option<String>>,
    /// Makes the file.
    content: fn(&Shown) -> Result<String, String>,
) -> impl IntoView {
    let save = move |_| {
        let made = shown.with_untracked(|shown| (content(shown), shown.file_name(extension)));
        let (content, name) = made;
        let saved = content.map(|content| {
            let blob = Blob::new_with_options(content.as_str(), Some(mime_type));
            save_as(&name, blob);
        });
        failure.set(saved.err().map(|reason| format!("{title}: {reason}.")));
    };
    view! {
        <button type="button" data-testid=test_id on:click=save>{download(title)}</button>
    }
}

/// Draws a picture of pixels when it is asked for, and saves it.
#[component]
fn PngDownload(
    /// The result on screen.
    shown: RwSignal<Shown>,
    /// Why the last file could not be made.
    failure: RwSignal<Option<String>>,
) -> impl IntoView {
    let save = move |_| {
        let (svg, name) = shown.with_untracked(|shown| (shown.svg_sheet(), shown.file_name("png")));
        spawn_local(async move {
            let saved = png(&svg).await.map(|blob| save_as(&name, blob));
            failure.set(saved.err().map(|reason| format!("PNG: {reason}.")));
        });
    };
    view! {
        <button type="button" data-testid="download-png" on:click=save>{download("PNG")}</button>
    }
}

/// What saves a file of this format.
fn download(format: &str) -> String {
    tf("Download {format}", &[("format", &format)])
}

/// Saves a file as the browser saves what a link leads to.
fn save_as(name: &str, blob: Blob) {
    let link = document().create_element("a");
    let Ok(Ok(link)) = link.map(|link| link.dyn_into::<HtmlAnchorElement>()) else {
        return;
    };
    let address = ObjectUrl::from(blob);
    link.set_href(&address);
    link.set_download(name);
    link.click();
    // The browser reads the file after this function ends.
    gloo::timers::callback::Timeout::new(60_000, move || drop(address)).forget();
}
