//! Files from other servers, which are not believed: their length is bounded while they
//! come in.

use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{ReadableStreamDefaultReader, RequestCredentials, RequestInit, Response};

use crate::words::tf;

/// The bytes at an address, at most `most` of them. No cookie is sent along.
///
/// # Errors
/// In words for the visitor.
pub(crate) async fn fetched(address: &str, most: usize) -> Result<Vec<u8>, String> {
    let response = answered(address).await.map_err(|_| {
        tf(
            "{address} could not be fetched: it may not be there, its server may not let other \
             pages read it (CORS), or its address does not begin with https",
            &[("address", &address)],
        )
    })?;
    if !response.ok() {
        let said = format!("{} {}", response.status(), response.status_text());
        return Err(tf(
            "{address} could not be fetched: the server said {answer}",
            &[("address", &address), ("answer", &said)],
        ));
    }
    let too_long = || {
        tf(
            "{address} has more than {most} MB",
            &[("address", &address), ("most", &(most / 1_000_000))],
        )
    };
    let broken = |_| {
        tf(
            "{address} broke off while it was fetched",
            &[("address", &address)],
        )
    };
    let Some(body) = response.body() else {
        return Ok(Vec::new());
    };
    let reader: ReadableStreamDefaultReader = body.get_reader().unchecked_into();
    let mut bytes = Vec::new();
    loop {
        let chunk = JsFuture::from(reader.read()).await.map_err(broken)?;
        let value = Reflect::get(&chunk, &"value".into()).map_err(broken)?;
        let Ok(value) = value.dyn_into::<Uint8Array>() else {
            return Ok(bytes);
        };
        let length = value.length() as usize;
        if length > most.saturating_sub(bytes.len()) {
            // What was not read need not come in; if it does, nobody looks at it.
            let _ = reader.cancel();
            return Err(too_long());
        }
        let start = bytes.len();
        bytes.resize(start + length, 0);
        if let Some(place) = bytes.get_mut(start..) {
            value.copy_to(place);
        }
    }
}

async fn answered(address: &str) -> Result<Response, JsValue> {
    let window = web_sys::window().ok_or(JsValue::NULL)?;
    let options = RequestInit::new();
    options.set_credentials(RequestCredentials::Omit);
    let response = JsFuture::from(window.fetch_with_str_and_init(address, &options)).await?;
    response.dyn_into()
}
