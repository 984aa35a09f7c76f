use js_sys::{Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// What a promise becomes, as an object of the browser.
pub(super) async fn resolved<T: JsCast>(promise: Promise) -> Result<T, JsValue> {
    JsFuture::from(promise).await?.dyn_into()
}

/// The next of what a reader or an iterator gives; `None` at its end.
pub(super) async fn next(promise: Promise) -> Result<Option<JsValue>, JsValue> {
    let result: Object = resolved(promise).await?;
    let is_done = Reflect::get(&result, &"done".into())?;
    if is_done.is_truthy() {
        return Ok(None);
    }
    Reflect::get(&result, &"value".into()).map(Some)
}

/// What the browser says went wrong.
pub(crate) fn reason_of(error: &JsValue) -> String {
    match error.dyn_ref::<js_sys::Error>() {
        Some(error) => String::from(error.message()),
        // DOM exceptions are no errors of the language in every browser.
        None => Reflect::get(error, &"message".into())
            .ok()
            .and_then(|message| message.as_string())
            // Some of ours are nothing but their words.
            .or_else(|| error.as_string())
            .unwrap_or_else(|| format!("{error:?}")),
    }
}
