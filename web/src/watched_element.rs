//! An element whose picture must be drawn anew when its size or the page's colors change.

use js_sys::Array;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Element, MediaQueryList, MutationObserver, MutationObserverInit, ResizeObserver};

/// Watches until it is dropped.
pub(crate) struct WatchedElement {
    size: Option<ResizeObserver>,
    theme: Option<MutationObserver>,
    scheme: Option<MediaQueryList>,
    /// What all of them call.
    changed: Closure<dyn Fn()>,
}

impl WatchedElement {
    /// Calls `changed` now and then: whenever the element has another size, the page was
    /// switched between light and dark, or the system was.
    pub(crate) fn new(element: &Element, changed: impl Fn() + 'static) -> Self {
        let changed = Closure::<dyn Fn()>::new(changed);
        let call = changed.as_ref().unchecked_ref();
        let size = ResizeObserver::new(call).ok();
        if let Some(size) = &size {
            size.observe(element);
        }
        let theme = MutationObserver::new(call).ok();
        let window = web_sys::window();
        let root = window
            .as_ref()
            .and_then(|window| window.document()?.document_element());
        if let (Some(theme), Some(root)) = (&theme, root) {
            let options = MutationObserverInit::new();
            options.set_attributes(true);
            options.set_attribute_filter(&Array::of1(&"data-theme".into()));
            // The root is a node, which is all that could be wrong.
            let _ = theme.observe_with_options(&root, &options);
        }
        let scheme = window.and_then(|window| {
            window
                .match_media("(prefers-color-scheme: dark)")
                .ok()
                .flatten()
        });
        if let Some(scheme) = &scheme {
            // An event of this name is there wherever the query is.
            let _ = scheme.add_event_listener_with_callback("change", call);
        }
        Self {
            size,
            theme,
            scheme,
            changed,
        }
    }
}

impl Drop for WatchedElement {
    fn drop(&mut self) {
        if let Some(size) = &self.size {
            size.disconnect();
        }
        if let Some(theme) = &self.theme {
            theme.disconnect();
        }
        if let Some(scheme) = &self.scheme {
            let call = self.changed.as_ref().unchecked_ref();
            // It was added above.
            let _ = scheme.remove_event_listener_with_callback("change", call);
        }
    }
}
