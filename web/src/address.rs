//! The page's own address: what it asks to be opened, and links that are made of it.

use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{UrlSearchParams, Window};

use crate::link::SharedRun;

/// Names the address of a result to open.
const RESULT: &str = "result";

/// Asks for the page as it is shown inside another one.
const EMBED: &str = "embed";

/// Whether the page is to be shown inside another one.
pub(crate) fn is_embedded() -> bool {
    let search = web_sys::window().and_then(|window| window.location().search().ok());
    let query = search.and_then(|search| UrlSearchParams::new_with_str(&search).ok());
    let value = query.and_then(|query| query.get(EMBED));
    value.is_some_and(|value| value != "0" && value != "false")
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
