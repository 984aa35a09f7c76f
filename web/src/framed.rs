//! The page inside another one: less of it, and its height told to whoever frames it.

use js_sys::{Object, Reflect};
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{ResizeObserver, Window};

use crate::{
    components::result::FramedResult,
    shown::Origin,
    state::{Opening, State},
};

/// What the message with the height says it is; `height` is in CSS pixels.
const HEIGHT: &str = "inseq-web:height";

/// A result and ways to look at it, with a link to the whole page; no engine.
#[component]
pub(crate) fn FramedPage(
    /// The page's store.
    state: State,
) -> impl IntoView {
    tell_height();
    // The example that came with the page is no answer to a link that cannot be read.
    let has_failed = move || matches!(state.opening.get(), Opening::Failed(_));
    let is_example = move || {
        state
            .shown
            .with(|shown| shown.origin == Origin::StoredExample)
    };
    view! {
        <main class="page framed" data-testid="framed">
            <h1 class="visually-hidden">"Inseq Web"</h1>
            <FramedResult state is_hidden=Signal::derive(move || has_failed() && is_example()) />
        </main>
    }
}

/// Tells the framing page how high this one is, now and whenever that changes.
fn tell_height() {
    let Some(window) = web_sys::window() else {
        return;
    };
    let told = window.clone();
    let observed = Closure::<dyn Fn()>::new(move || {
        // Nobody may be listening, or the frame may be forbidden to speak.
        let _ = tell(&told);
    });
    let root = window.document().and_then(|it| it.document_element());
    let observer = ResizeObserver::new(observed.as_ref().unchecked_ref());
    if let (Some(root), Ok(observer)) = (root, observer) {
        observer.observe(&root);
        // It lives as long as the page.
        observed.forget();
    }
}

fn tell(window: &Window) -> Result<(), JsValue> {
    let Some(parent) = window.parent()?.filter(|parent| parent != window) else {
        return Ok(());
    };
    let document = window.document().ok_or(JsValue::NULL)?;
    let root = document.document_element().ok_or(JsValue::NULL)?;
    let height = root.get_bounding_client_rect().height().ceil();
    let message = Object::new();
    Reflect::set(&message, &"type".into(), &HEIGHT.into())?;
    Reflect::set(&message, &"height".into(), &height.into())?;
    // Whoever frames the page may know its height: there is nothing to keep from them.
    parent.post_message(&message, "*")
}
