//! The colors of cells, put beside the page's style sheets.

use js_sys::{Array, Function, Reflect};
use wasm_bindgen::{JsCast, JsValue};

/// Lets the page wear the colors of heatmaps. The content security policy allows no style
/// in the document itself: a sheet is made by the program instead.
pub(crate) fn adopt() {
    if let Err(error) = adopted(&heatmap::level_style()) {
        // Cells keep their numbers.
        gloo::console::error!("the colors of heatmaps are missing: ", error);
    }
}

/// By its names in JavaScript: `web_sys` has no list of a document's own sheets.
fn adopted(style: &str) -> Result<(), JsValue> {
    let global = js_sys::global();
    let constructor: Function = Reflect::get(&global, &"CSSStyleSheet".into())?.dyn_into()?;
    let sheet = Reflect::construct(&constructor, &Array::new())?;
    let replace: Function = Reflect::get(&sheet, &"replaceSync".into())?.dyn_into()?;
    replace.call1(&sheet, &style.into())?;
    let document = Reflect::get(&global, &"document".into())?;
    let name = JsValue::from("adoptedStyleSheets");
    let sheets = Array::from(&Reflect::get(&document, &name)?);
    sheets.push(&sheet);
    Reflect::set(&document, &name, &sheets)?;
    Ok(())
}
