//! Files that a visitor takes along, each with the settings of its numbers.

use serde_json::Value;

use crate::visit::Visit;

/// What would be saved, in `saved`: name, type and the file itself.
const SAVING: &str = "(() => {
    const files = {};
    const addressOf = URL.createObjectURL.bind(URL);
    URL.createObjectURL = file => {
      const address = addressOf(file);
      files[address] = file;
      return address;
    };
    HTMLAnchorElement.prototype.click = function () {
      window.saved = { name: this.download, file: files[this.href] };
    };
  })()";

/// Asks for a file; JavaScript tells what is to know of it, as `saved`.
fn saved(visit: &Visit, button: &str, what: &str) -> Value {
    visit.page.evaluate("window.saved = undefined");
    visit.click(button);
    visit.page.wait_for("a saved file", "window.saved");
    visit.page.evaluate(what)
}

#[test]
fn every_format_is_saved_with_its_settings() {
    let Some(visit) = Visit::begin_with_script(SAVING) else {
        return;
    };
    visit.choose("method", "integrated_gradients");
    visit.run();
    let text = "saved.file.text().then(text => [saved.name, text])";
    for (button, extension, holds) in [
        ("download-svg", "svg", "<svg"),
        ("download-csv", "csv", "# matrix: target_attributions"),
        ("download-latex", "tex", "\\begin{tabular}"),
    ] {
        let file = saved(&visit, button, text);
        assert_eq!(
            file[0],
            format!("demo-gpt2-integrated_gradients.{extension}")
        );
        let text = file[1].as_str().unwrap();
        for words in [holds, "gausslegendre", "demo-gpt2"] {
            assert!(text.contains(words), "{words} is not in {text}");
        }
        assert!(!text.contains("<script"));
    }

    // Pixels in more than one color, at twice the size of the drawing.
    let seen = saved(
        &visit,
        "download-png",
        "(async () => {
           const image = await createImageBitmap(saved.file);
           const canvas = new OffscreenCanvas(image.width, image.height);
           const context = canvas.getContext('2d');
           context.drawImage(image, 0, 0);
           const pixels = new Uint32Array(
             context.getImageData(0, 0, image.width, image.height).data.buffer);
           return [saved.name, saved.file.type, image.width, image.height, new Set(pixels).size];
         })()",
    );
    assert_eq!(seen[0], "demo-gpt2-integrated_gradients.png");
    assert_eq!(seen[1], "image/png");
    for number in [2, 3] {
        assert!(seen[number].as_u64().unwrap() > 400, "{seen}");
    }
    assert!(seen[4].as_u64().unwrap() > 20, "{seen}");
    assert_eq!(visit.text("download-failed"), "");
    visit.page.assert_no_console_errors();
}
