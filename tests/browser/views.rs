//! One result is seen in every view; nothing is computed for that.

use std::collections::BTreeMap;

use attribution_output::{
    Attribution, AttributionOutput, Kind, Scores, Spelling, Token, to_inseq_json,
};
use serde_json::{Value, json};

use crate::page::Page;
use crate::site::Site;
use crate::view::{LAPTOP, PHONE, View};
use crate::viewer::{IS_ENGINE_THERE, golden, opened, server};
use crate::visit::{Visit, by_id};

const OPEN_TO_ALL: &str = "Access-Control-Allow-Origin: *\r\n";

/// The page with a result of elsewhere on it, and its engine asleep.
pub(crate) fn looking_at(site: &Site, file: String) -> Visit {
    let visit = opened(site, &server("200 OK", OPEN_TO_ALL, file));
    visit.page.wait_for_text("Opened result");
    visit
}

/// A translation of three tokens into two, with values of both signs and step scores.
pub(crate) fn signed() -> String {
    let scores = |n, values: &[f32]| Scores::matrix(n, 2, values.to_vec()).ok();
    let sequence = Attribution {
        kind: Kind::Coarse,
        spelling: Spelling::SentencePiece,
        source: vec![
            Token::new(1, "▁the"),
            Token::new(2, "▁cat"),
            Token::new(3, "</s>"),
        ],
        target: vec![
            Token::new(0, "<pad>"),
            Token::new(4, "▁le"),
            Token::new(5, "▁chat"),
        ],
        source_attributions: scores(3, &[0.5, -0.125, -0.25, 0.75, 0.0, -0.5]),
        target_attributions: scores(3, &[0.0, 0.0, f32::NAN, 0.25, f32::NAN, f32::NAN]),
        step_scores: BTreeMap::from([
            ("entropy".to_owned(), vec![1.5, 0.25]),
            ("pcxmi".to_owned(), vec![-0.5, 2.0]),
        ]),
        sequence_scores: BTreeMap::new(),
        attr_pos_start: 1,
        attr_pos_end: 3,
    };
    let info = json!({ "attribution_method": "input_x_gradient",
        "tokenizer_class": "MarianTokenizer" });
    to_inseq_json(&AttributionOutput {
        info: info.as_object().unwrap().clone(),
        sequences: vec![sequence],
    })
}

/// JavaScript: what each element of a selector is in words.
pub(crate) fn each(selector: &str, what: &str) -> String {
    format!(
        "[...document.querySelectorAll({})].map(it => {what})",
        Value::from(selector)
    )
}

fn seen_view(visit: &Visit) -> Value {
    visit
        .page
        .evaluate("document.querySelector('[role=tab][aria-selected=true]').innerText")
}

/// Looked at by people: light and dark, wide and narrow. Nothing may stick out.
pub(crate) fn pictures(visit: &Visit, name: &str) {
    let dark = View {
        is_dark: true,
        ..LAPTOP
    };
    for (window, view) in [("light", LAPTOP), ("dark", dark), ("phone", PHONE)] {
        visit.page.set_view(view);
        visit
            .page
            .evaluate("document.querySelector('[role=tablist]').scrollIntoView()");
        let width = "document.documentElement.scrollWidth <= innerWidth";
        assert_eq!(visit.page.evaluate(width), true, "{name} {window}");
        visit.page.screenshot(&format!("view-{name}-{window}"));
    }
    visit.page.set_view(LAPTOP);
}

#[test]
fn every_view_is_reached_by_keyboard() {
    let Some(site) = Site::from_environment() else {
        return;
    };
    let visit = looking_at(&site, golden("gpt2-attention"));
    let tabs = visit.page.evaluate(&each("[role=tab]", "it.innerText"));
    let expected = json!(["Text only", "Table", "Arcs", "Layers × tokens", "Ranking"]);
    assert_eq!(tabs, expected, "this result has no step scores");
    assert_eq!(seen_view(&visit), "Table");
    visit
        .page
        .evaluate("document.querySelector('#view-table').focus()");
    for (view, inside) in [
        ("Arcs", "arcs"),
        ("Layers × tokens", "heatmap"),
        ("Ranking", "ranking"),
        ("Text only", "text-alone"),
        ("Table", "heatmap"),
    ] {
        visit.page.press("ArrowRight");
        assert_eq!(seen_view(&visit), view);
        assert_eq!(
            visit.page.evaluate("document.activeElement.innerText"),
            view
        );
        visit.page.wait_for_selector(&by_id(inside));
        let links = visit.text("strongest-links");
        assert!(links.starts_with("Strongest: "), "{view}: {links}");
        assert_eq!(links.matches(" gave ").count(), 3, "{view}: {links}");
        let reachable = visit
            .page
            .evaluate(&each("[role=tab][tabindex='0']", "it.innerText"));
        assert_eq!(reachable, json!([view]));
        pictures(&visit, inside);
    }
    // The cells of the view come soon after the tabs.
    let in_cell = "document.activeElement.tagName === 'TD'";
    let n_stops = (1..9).find(|_| {
        visit.page.press("Tab");
        visit.page.evaluate(in_cell) == true
    });
    assert!(n_stops.is_some());
    assert_eq!(visit.page.evaluate(IS_ENGINE_THERE), false);
    visit.page.assert_no_console_errors();
}

#[test]
fn a_link_carries_the_view() {
    let Some(site) = Site::from_environment() else {
        return;
    };
    let page = Page::open(&site, "about:blank", LAPTOP);
    page.run_before_every_document(
        "navigator.clipboard.writeText = text => { window.copied = text; return Promise.resolve(); }",
    );
    page.go_to(&format!(
        "{}?result={}",
        site.root,
        server("200 OK", OPEN_TO_ALL, signed())
    ));
    let visit = Visit { page };
    visit.page.wait_for_text("Opened result");
    visit.click("view-ranking");
    visit.click("copy-link");
    visit.page.wait_for("what was copied", "window.copied");
    let link = visit.page.evaluate("window.copied");
    let page = Page::open(&site, link.as_str().unwrap(), LAPTOP);
    let other = Visit { page };
    other.page.wait_for_selector(&by_id("ranking"));
    assert_eq!(seen_view(&other), "Ranking");
    other.page.assert_no_console_errors();
}

#[test]
fn arcs_are_drawn_for_all_tokens_or_for_one() {
    let Some(site) = Site::from_environment() else {
        return;
    };
    let visit = looking_at(&site, golden("gpt2-attention"));
    visit.click("view-arcs");
    let n_arcs = || {
        visit
            .page
            .evaluate(&each(&by_id("arc"), "1"))
            .as_array()
            .unwrap()
            .len()
    };
    let all_of_few = n_arcs();
    assert!(
        (5..=15).contains(&all_of_few),
        "{all_of_few} arcs of 5 tokens"
    );
    let token = |index: usize| format!("[data-token='{index}']");
    visit.page.hover(&token(9));
    visit.page.wait_for(
        "the arcs of one token",
        "document.querySelector('[data-testid=arcs-readout]').innerText.includes('“cannot” (9): ')",
    );
    assert!(n_arcs() != all_of_few || visit.text("arcs-count").contains("of"));
    visit.page.hover("h1");
    visit.page.wait_for(
        "the arcs of all tokens",
        &format!("document.querySelectorAll('[data-testid=arc]').length === {all_of_few}"),
    );
    // By keyboard: one stop, arrows from token to token, Enter keeps one.
    visit.page.evaluate(&format!(
        "document.querySelector({}).focus()",
        Value::from(token(0))
    ));
    for _ in 0..8 {
        visit.page.press("ArrowRight");
    }
    let name = "document.activeElement.getAttribute('aria-label')";
    assert_eq!(visit.page.evaluate(name), "“idea” (8)");
    assert!(visit.text("arcs-readout").starts_with("“idea” (8): from “"));
    visit.page.press("Enter");
    assert!(visit.text("chosen-target").contains("idea"));
    let pressed = each("[data-token][aria-pressed=true]", "it.dataset.token");
    assert_eq!(visit.page.evaluate(&pressed), json!(["8"]));
    visit.page.press("Escape");
    assert_eq!(visit.page.evaluate(&pressed), json!([]));
    visit.page.evaluate("document.activeElement.blur()");

    // More by the slider.
    visit
        .page
        .evaluate("document.querySelector('[data-testid=arcs-least]').focus()");
    visit.page.press("Home");
    let count = visit.text("arcs-count");
    let all = n_arcs();
    assert!(all > all_of_few, "{all} after {all_of_few}");
    assert!(count.ends_with(&format!("{all} of {all} links")), "{count}");
    visit.page.press("End");
    assert_eq!(n_arcs(), 1);
    visit.click("arcs-few");
    assert_eq!(n_arcs(), all_of_few);

    let visit = looking_at(&site, signed());
    visit.click("view-arcs");
    let drawn = each(
        &by_id("arc"),
        "[getComputedStyle(it).strokeDasharray !== 'none', getComputedStyle(it).stroke, Number(it.getAttribute('stroke-width'))]",
    );
    let drawn = visit.page.evaluate(&drawn);
    let drawn = drawn.as_array().unwrap();
    let dashed: Vec<_> = drawn.iter().filter(|arc| arc[0] == true).collect();
    // -0.125 is the fourth of its token.
    assert_eq!((drawn.len(), dashed.len()), (5, 2), "{drawn:?}");
    assert!(
        drawn
            .iter()
            .all(|arc| (arc[1] == dashed[0][1]) == (arc[0] == true))
    );
    assert_eq!(
        drawn.last().unwrap()[2],
        6.0,
        "the strongest is the widest, and on top"
    );
    pictures(&visit, "arcs-two-sides");
    visit.page.assert_no_console_errors();
}

#[test]
fn layers_are_rows_and_are_chosen() {
    let Some(site) = Site::from_environment() else {
        return;
    };
    let visit = looking_at(&site, golden("gpt2-attention"));
    let usual = visit.text("heatmap");
    visit.click("view-layers");
    let rows = visit.page.evaluate(&each(
        "[data-testid=heatmap] tbody th[scope=row]",
        "it.innerText",
    ));
    assert_eq!(rows, json!(["layer 0", "layer 1", "layer 2"]));
    let sum = "[...document.querySelectorAll('[data-testid=heatmap] td[data-row=\"1\"]')]
        .reduce((sum, it) => sum + Number(it.innerText), 0)";
    let sum = visit.page.evaluate(sum).as_f64().unwrap();
    assert!((sum - 1.0).abs() < 0.01, "{sum}");
    let first = visit.text("heatmap");
    visit
        .page
        .evaluate("document.querySelectorAll('[data-testid=output-token]')[3].click()");
    assert_ne!(
        visit.text("heatmap"),
        first,
        "another token has other numbers"
    );
    visit
        .page
        .evaluate("document.querySelector('[data-testid=heatmap] td[data-row=\"2\"]').focus()");
    visit.page.press("Enter");
    assert_eq!(
        visit
            .page
            .evaluate("document.querySelector('[data-testid=way-layers]').value"),
        "2"
    );
    assert_eq!(
        visit.page.evaluate("document.activeElement.dataset.row"),
        "2",
        "the focus stays"
    );
    assert_eq!(
        visit
            .page
            .evaluate(&each("[data-testid=heatmap] th.selected", "it.innerText")),
        json!(["layer 2"])
    );
    visit.click("view-table");
    assert_ne!(visit.text("heatmap"), usual);
    visit.page.assert_no_console_errors();
}

#[test]
fn a_contrast_is_traced_through_the_layers() {
    let Some(visit) = Visit::begin() else { return };
    let prompt = "The Eiffel Tower is located in the city of";
    visit.choose("model", "demo-gpt2");
    visit.type_input(prompt);
    visit.type_output(&format!("{prompt} Paris"));
    visit.choose("method", "layer_gradient_x_activation");
    visit.type_number("method-option-target_layer", "all");
    visit.choose("attributed-fn", "contrast_prob_diff");
    let contrast = "function-option-contrast_targets";
    visit.type_number(contrast, &format!("{prompt} Rome"));
    visit.run();
    visit.click("view-layers");
    let map = visit.page.evaluate(&each(
        "[data-testid=heatmap] tbody tr:not(.group)",
        "[...it.querySelectorAll('td')].map(cell => Number(cell.innerText))",
    ));
    let map: Vec<Vec<f64>> = serde_json::from_value(map).unwrap();
    assert_eq!(map.len(), 4, "the model has four layers: {map:?}");
    for layer in &map {
        let sum: f64 = layer.iter().sum();
        assert!(layer.len() == 9 && (sum - 1.0).abs() < 0.01, "{map:?}");
    }
    // What is known of the landmark ends up where the next word is written.
    let (first, last) = (&map[0], &map[3]);
    assert!(first[1] + first[2] > last[1] + last[2], "{map:?}");
    assert!(first[8] < 0.99 && last[8] > 0.99, "{map:?}");
    visit.page.assert_no_console_errors();
}

#[test]
fn heads_and_layers_are_walked_through() {
    let Some(site) = Site::from_environment() else {
        return;
    };
    let visit = looking_at(&site, golden("gpt2-attention"));
    let mut seen = vec![visit.text("heatmap")];
    let slider = |what: &str| {
        visit.page.evaluate(&format!(
            "document.querySelector('[data-testid=walk-heads]').{what}"
        ))
    };
    assert_eq!(slider("ariaValueText"), "mean of all 4 heads");
    slider("focus()");
    for head in 0..4 {
        visit.page.press("ArrowRight");
        assert_eq!(
            slider("ariaValueText"),
            format!("head {head} of 4, counted from 0")
        );
        let list = "document.querySelector('[data-testid=way-heads]').value";
        assert_eq!(visit.page.evaluate(list), head.to_string());
        let heatmap = visit.text("heatmap");
        assert!(!seen.contains(&heatmap), "head {head} changed nothing");
        seen.push(heatmap);
    }
    visit.choose("way-heads", "max");
    assert_eq!(slider("ariaValueText"), "largest of all 4 heads");
    assert_eq!(slider("value"), "-1");
    visit.choose("way-layers", "rollout");
    let layers = "document.querySelector('[data-testid=walk-layers]').ariaValueText";
    assert_eq!(visit.page.evaluate(layers), "rollout through all 3 layers");
    visit.page.assert_no_console_errors();
}
