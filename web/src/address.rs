//! The page's own address: what it asks to be opened, and links that are made of it.

use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{UrlSearchParams, Window};

use crate::link::SharedRun;

/// Names the address of a result to open.
const RESULT: &str = "result";

/// Asks for the page as it is shown inside another one.
const EMBED: &str = "embed";

/// Asks for a language.
const LANGUAGE: &str = "lang";

/// Whether the page is to be shown inside another one.
pub(crate) fn is_embedded() -> bool {
    asked(EMBED).is_some_and(|value| value != "0" && value != "false")
}

/// Which language the address asks for, as it is written there.
pub(crate) fn language() -> Option<String> {
    asked(LANGUAGE)
}

/// Loads the page anew with this language in its address, or with none. All else that
/// the address asks for stays.
pub(crate) fn reload_in(language: Option<&str>) {
    let Some(window) = web_sys::window() else {
        return;
    };
    let location = window.location();
    let hash = location.hash().unwrap_or_default();
    let search = location.search().unwrap_or_default();
    let query = UrlSearchParams::new_with_str(&search).ok().map(|query| {
        query.delete(LANGUAGE);
        if let Some(language) = language {
            query.set(LANGUAGE, language);
        }
        String::from(query.to_string())
    });
    let query = query.filter(|query| !query.is_empty());
    let query = query.map_or_else(String::new, |query| format!("?{query}"));
    if let (Some(page), Ok(history)) = (page(&window), window.history()) {
        let address = format!("{page}{query}{hash}");
        // Frames may be forbidden to; then the language stays as it was.
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&address));
    }
    let _ = location.reload();
}

/// The value of one part of the address' query.
fn asked(name: &str) -> Option<String> {
    let search = web_sys::window()?.location().search().ok()?;
    UrlSearchParams::new_with_str(&search).ok()?.get(name)
}

/// What an address asks for.
pub(crate) enum Wanted {
    /// What its link holds; the error says why it cannot be read.
    Shared(Box<Result<SharedRun, String>>),
    /// A result at another address.
    Fetched(String),
}

/// What the page's address asks for; a link goes before the address of a result.
pub(crate) fn wanted() -> Option<Wanted> {
    let location = web_sys::window()?.location();
    let hash = location.hash().ok()?;
    if let Some(shared) = SharedRun::read(&hash) {
        return Some(Wanted::Shared(Box::new(shared)));
    }
    let query = UrlSearchParams::new_with_str(&location.search().ok()?).ok()?;
    let address = query.get(RESULT)?;
    let address = address.trim();
    (!address.is_empty()).then(|| Wanted::Fetched(address.to_owned()))
}

/// Calls `open` with what a link holds that is put into the address while the page is
/// there.
pub(crate) fn watch(open: impl Fn(Result<SharedRun, String>) + 'static) {
    let Some(window) = web_sys::window() else {
        return;
    };
    let changed = Closure::<dyn Fn()>::new(move || {
        if let Some(Wanted::Shared(shared)) = wanted() {
            open(*shared);
        }
    });
    let listening =
        window.add_event_listener_with_callback("hashchange", changed.as_ref().unchecked_ref());
    if listening.is_ok() {
        // It lives as long as the page.
        changed.forget();
    }
}

/// The address of the page that holds `fragment`.
pub(crate) fn with_fragment(fragment: &str) -> String {
    format!("{}#{fragment}", whole_page())
}

/// The same for a frame in another page.
pub(crate) fn of_frame(fragment: &str) -> String {
    format!("{}?{EMBED}=1#{fragment}", whole_page())
}

/// The page's address without query and fragment.
fn whole_page() -> String {
    let page = web_sys::window().and_then(|window| page(&window));
    page.unwrap_or_default()
}

/// Takes out of the address what it asked for: something else is on screen. Other parts
/// of it stay.
pub(crate) fn forget() {
    if wanted().is_none() {
        return;
    }
    let Some(window) = web_sys::window() else {
        return;
    };
    let search = window.location().search().unwrap_or_default();
    let rest = UrlSearchParams::new_with_str(&search).ok().map(|query| {
        query.delete(RESULT);
        String::from(query.to_string())
    });
    let rest = rest.filter(|rest| !rest.is_empty());
    let address = page(&window).map(|page| match rest {
        Some(rest) => format!("{page}?{rest}"),
        None => page,
    });
    if let (Some(address), Ok(history)) = (address, window.history()) {
        // Frames may be forbidden to; then the old result is back after a reload.
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&address));
    }
}

/// Without query and fragment.
fn page(window: &Window) -> Option<String> {
    let location = window.location();
    let (origin, path) = (location.origin().ok()?, location.pathname().ok()?);
    Some(format!("{origin}{path}"))
}
