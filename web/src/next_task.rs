//! Breaks in long work, in which the browser draws and answers the visitor.

use js_sys::{Function, Promise};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::MessageChannel;

/// Ends the browser's task; what follows is done in one of its own.
pub(crate) async fn next_task() {
    // Without a break it takes as long and holds up the page.
    let _ = posted().await;
}

/// A message to oneself. A timer would do the same, but where the page is not in view,
/// browsers let it wait for a second.
async fn posted() -> Result<(), JsValue> {
    let channel = MessageChannel::new()?;
    let received = Promise::new(&mut |resolve: Function, _: Function| {
        channel.port1().set_onmessage(Some(&resolve));
    });
    channel.port2().post_message(&JsValue::NULL)?;
    JsFuture::from(received).await?;
    // An open channel is never given back.
    channel.port1().close();
    Ok(())
}
