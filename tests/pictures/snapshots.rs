use attribution_output::{Compatibility, Kind, aggregate_pair, default_stages};
use heatmap::{
    Heatmap, TerminalSettings, Theme, html_document, html_fragment, latex_table, svg_picture,
    svg_sheet, terminal_text,
};

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
fn a_sheet_of_marian() {
    insta::assert_snapshot!(svg_sheet(&heatmaps("marian-saliency")[0]));
}

#[test]
fn a_latex_table_of_marian() {
    insta::assert_snapshot!(latex_table(&heatmaps("marian-saliency")[0]));
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
fn a_terminal_with_layers() {
    let attribution = golden_output("gpt2-attention").sequences.remove(0);
    let heatmap = Heatmap::of_layers(&attribution, 1, "attention", Vec::new()).unwrap();
    let settings = TerminalSettings {
        width: 100,
        colors: None,
    };
    insta::assert_snapshot!(terminal_text(&heatmap, settings));
}

#[test]
fn a_page_without_attributions() {
    let mut output = golden_output("gpt2-saliency");
    output
        .info
        .insert("attribution_method".to_owned(), "dummy".into());
    let sequence = &mut output.sequences[0];
    sequence.kind = Kind::Plain;
    sequence.target_attributions = None;
    let heatmap = Heatmap::from_output(&output).unwrap();
    insta::assert_snapshot!(html_fragment(&heatmap[0]));
}

#[test]
fn a_terminal_with_a_change() {
    let mut second = golden_output("gpt2-saliency");
    second.sequences[0].target[12].token = "Ġnow".to_owned();
    let first = &golden_output("gpt2-saliency").sequences[0];
    let stages = default_stages(first);
    let change = aggregate_pair(
        first,
        &second.sequences[0],
        &stages,
        Compatibility::Corrected,
    )
    .unwrap();
    let heatmap = Heatmap::new(&change, "saliency", Vec::new()).unwrap();
    let settings = TerminalSettings {
        width: 100,
        colors: None,
    };
    insta::assert_snapshot!(terminal_text(&heatmap, settings));
}

#[test]
fn the_same_data_gives_the_same_bytes() {
    let (first, second) = (heatmaps("marian-saliency"), heatmaps("marian-saliency"));
    assert!(html_document(&first) == html_document(&second));
    assert!(svg_picture(&first[0]) == svg_picture(&second[0]));
}
