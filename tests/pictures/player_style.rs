use std::fs;
use std::path::Path;

/// The player brings the style of the heatmap along: what stands on the root of a page
/// stands on its element there.
#[test]
fn the_player_has_the_style_of_the_heatmap() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../web/embed/heatmap.css");
    let style = heatmap::html_style()
        .replace(
            ":root:not([data-theme=\"light\"])",
            ":host(:not([theme=\"light\"]))",
        )
        .replace(":root[data-theme=\"dark\"]", ":host([theme=\"dark\"])")
        .replace(":root", ":host");
    let kept = fs::read_to_string(&path).unwrap();
    if kept != style {
        let made = Path::new(env!("CARGO_TARGET_TMPDIR")).join("heatmap.css");
        fs::write(&made, &style).unwrap();
        panic!(
            "{} is not the style of the heatmap; copy {} there",
            path.display(),
            made.display()
        );
    }
}
