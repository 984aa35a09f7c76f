//! The browser's storage, where a frame or a private window may forbid it.

use gloo::storage::{LocalStorage, SessionStorage, Storage};
use serde::{Serialize, de::DeserializeOwned};

/// Reads what was kept under `key`; `None` when nothing readable is there.
pub(crate) fn restore<T: DeserializeOwned>(key: &str) -> Option<T> {
    if !is_available() {
        return None;
    }
    LocalStorage::get(key).ok()
}

/// Keeps `value` under `key`, or does nothing where storage is forbidden or full:
/// the page works without it.
pub(crate) fn keep<T: Serialize>(key: &str, value: &T) {
    let _ = is_kept(key, value);
}

/// Keeps `value` under `key`; `false` where storage is forbidden or full.
pub(crate) fn is_kept<T: Serialize>(key: &str, value: &T) -> bool {
    is_available() && LocalStorage::set(key, value).is_ok()
}

/// Reads what was kept under `key` for this tab; `None` when nothing readable is there.
pub(crate) fn restore_for_tab<T: DeserializeOwned>(key: &str) -> Option<T> {
    is_available_for_tab().then(|| SessionStorage::get(key).ok())?
}

/// Keeps `value` until the tab is closed, or does nothing where storage is forbidden or
/// full.
pub(crate) fn keep_for_tab<T: Serialize>(key: &str, value: &T) {
    if is_available_for_tab() {
        let _ = SessionStorage::set(key, value);
    }
}

/// Asks the browser to keep what is stored, as it should be asked when the visitor has
/// just chosen something worth keeping. Browsers may ask the visitor, or say no.
pub(crate) fn ask_to_persist() {
    let Some(window) = web_sys::window() else {
        return;
    };
    // Pages that are not from a secure address have no storage of this kind.
    let storage = js_sys::Reflect::get(&window.navigator(), &"storage".into());
    if storage.is_ok_and(|storage| !storage.is_undefined()) {
        let _ = window.navigator().storage().persist();
    }
}

// gloo panics where the browser refuses storage, as sandboxed frames do.
fn is_available() -> bool {
    web_sys::window().is_some_and(|window| matches!(window.local_storage(), Ok(Some(_))))
}

fn is_available_for_tab() -> bool {
    web_sys::window().is_some_and(|window| matches!(window.session_storage(), Ok(Some(_))))
}
