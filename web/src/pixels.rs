//! Pictures of pixels, drawn by the browser from SVG.

use gloo::file::{Blob, ObjectUrl};
use js_sys::{Function, Promise};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, HtmlImageElement};

use crate::words::t;

/// Pixels for each unit of the drawing.
const SCALE: f64 = 2.0;
/// Browsers refuse canvases that are longer, or have more pixels.
const LONGEST_SIDE: f64 = 8192.0;
const MOST_PIXELS: f64 = 32.0e6;

/// Draws an SVG picture as PNG. The error is in words for the visitor.
pub(crate) async fn png(svg: &str) -> Result<Blob, String> {
    drawn(svg)
        .await
        .map_err(|_| t("this browser could not draw the picture; SVG holds the same").to_owned())
}

async fn drawn(svg: &str) -> Result<Blob, JsValue> {
    let address = ObjectUrl::from(Blob::new_with_options(svg, Some("image/svg+xml")));
    let image = HtmlImageElement::new()?;
    image.set_src(&address);
    JsFuture::from(image.decode()).await?;
    let (width, height) = (f64::from(image.width()), f64::from(image.height()));
    let scale = scale(width, height);
    let document = web_sys::window()
        .and_then(|window| window.document())
        .ok_or(JsValue::NULL)?;
    let canvas: HtmlCanvasElement = document.create_element("canvas")?.dyn_into()?;
    canvas.set_width((width * scale) as u32);
    canvas.set_height((height * scale) as u32);
    let context = canvas.get_context("2d")?.ok_or(JsValue::NULL)?;
    let context: CanvasRenderingContext2d = context.dyn_into()?;
    context.draw_image_with_html_image_element_and_dw_and_dh(
        &image,
        0.0,
        0.0,
        width * scale,
        height * scale,
    )?;
    let blob = JsFuture::from(blob_of(&canvas)).await?;
    let blob: web_sys::Blob = blob.dyn_into()?;
    Ok(blob.into())
}

/// So that the browser takes it, however large the picture is.
fn scale(width: f64, height: f64) -> f64 {
    let longest = width.max(height).max(1.0);
    let pixels = (width * height).max(1.0);
    SCALE
        .min(LONGEST_SIDE / longest)
        .min((MOST_PIXELS / pixels).sqrt())
}

fn blob_of(canvas: &HtmlCanvasElement) -> Promise {
    Promise::new(&mut |resolve: Function, reject: Function| {
        let refused = reject.clone();
        let done = Closure::once_into_js(move |blob: JsValue| {
            // A canvas without pixels gives none.
            let answer = if blob.is_null() { &refused } else { &resolve };
            let _ = answer.call1(&JsValue::NULL, &blob);
        });
        if canvas.to_blob(done.unchecked_ref()).is_err() {
            let _ = reject.call0(&JsValue::NULL);
        }
    })
}

#[cfg(test)]
mod tests {
    use super::scale;

    #[test]
    fn large_pictures_are_drawn_smaller() {
        assert_eq!(scale(800.0, 600.0), 2.0);
        assert_eq!(scale(16384.0, 10.0), 0.5);
        let both = scale(8000.0, 8000.0);
        assert!((8000.0 * both) * (8000.0 * both) <= 32.1e6);
        assert_eq!(scale(0.0, 0.0), 2.0);
    }
}
