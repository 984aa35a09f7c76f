//! What the processor's kernels reach in a browser, beside what the same run measures of
//! the processor itself. `cargo xtask bench --kernels` shows it; no part of the site.

#[cfg(target_arch = "wasm32")]
mod ceilings;
#[cfg(target_arch = "wasm32")]
mod measured;

/// Leaves the table in the page's global `report`.
#[cfg(target_arch = "wasm32")]
fn main() {
    let report = measured::report();
    let global = js_sys::global();
    if let Err(error) = js_sys::Reflect::set(&global, &"report".into(), &report.into()) {
        wasm_bindgen::throw_val(error);
    }
}

/// Nothing is measured but in a browser.
#[cfg(not(target_arch = "wasm32"))]
fn main() {}
