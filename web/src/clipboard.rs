//! What goes to the visitor's clipboard.

use js_sys::Reflect;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::Clipboard;

/// Copies a text; `false` where the browser does not let the page do so.
pub(crate) async fn is_copied(text: &str) -> bool {
    let Some(window) = web_sys::window() else {
        return false;
    };
    // Pages that are not from a secure address have none.
    let clipboard = Reflect::get(&window.navigator(), &"clipboard".into());
    let clipboard = clipboard
        .ok()
        .and_then(|it| it.dyn_into::<Clipboard>().ok());
    match clipboard {
        Some(clipboard) => JsFuture::from(clipboard.write_text(text)).await.is_ok(),
        None => false,
    }
}
