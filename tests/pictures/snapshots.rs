use heatmap::{Heatmap, TerminalSettings, Theme, html_document, svg_picture, terminal_text};

use crate::golden_output;

fn heatmaps(name: &str) -> Vec<Heatmap> {
    Heatmap::from_output(&golden_output(name)).unwrap()
}

fn terminal(name: &str, width: usize, colors: Option<Theme>) -> String {
    terminal_text(&heatmaps(name)[0], TerminalSettings { width, colors })
}

#[test]
fn a_page_of_gpt2() {
    insta::assert_snapshot!(html_document(&heatmaps("gpt2-saliency")));
}

#[test]
fn a_page_of_marian() {
    insta::assert_snapshot!(html_document(&heatmaps("marian-saliency")));
}

#[test]
fn a_picture_of_gpt2() {
    insta::assert_snapshot!(svg_picture(&heatmaps("gpt2-saliency")[0]));
}

#[test]
fn a_terminal_with_gpt2() {
    insta::assert_snapshot!(terminal("gpt2-saliency", 100, Some(Theme::Dark)));
}

#[test]
fn a_plain_narrow_terminal_with_marian() {
    insta::assert_snapshot!(terminal("marian-saliency", 80, None));
}

#[test]
fn the_same_data_gives_the_same_bytes() {
    let (first, second) = (heatmaps("marian-saliency"), heatmaps("marian-saliency"));
    assert!(html_document(&first) == html_document(&second));
    assert!(svg_picture(&first[0]) == svg_picture(&second[0]));
}
