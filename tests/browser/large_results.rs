//! A result of 512 × 512 cells is drawn without holding up the page.

use std::collections::BTreeMap;

use attribution_output::{
    Attribution, AttributionOutput, Kind, Scores, Spelling, Token, to_inseq_json,
};
use serde_json::{Value, json};

use crate::page::Page;
use crate::site::Site;
use crate::view::{LAPTOP, PHONE};
use crate::viewer::server;
use crate::views::looking_at;
use crate::visit::{Visit, by_id};

/// A continued text: each token gave to those after it, most to the next, and took from
/// every seventh.
fn large(n: usize) -> String {
    let value = |row: usize, column: usize| match (column + 1).checked_sub(row) {
        None | Some(0) => f32::NAN,
        Some(distance) if row % 7 == 3 => -0.5 / distance as f32,
        Some(distance) => 1.0 / distance as f32,
    };
    let values = (0..=n).flat_map(|row| (0..n).map(move |column| value(row, column)));
    let words = ["Ġthe", "Ġcat", "Ġsat", "Ġon", "Ġa", "Ġlong", "Ġmat", "."];
    let target = (0..=n).map(|index| Token::new(index as i64, words[index % words.len()]));
    let sequence = Attribution {
        kind: Kind::Coarse,
        spelling: Spelling::ByteLevel,
        source: Vec::new(),
        target: target.collect(),
        source_attributions: None,
        target_attributions: Scores::matrix(n + 1, n, values.collect()).ok(),
        step_scores: BTreeMap::from([("entropy".to_owned(), vec![0.5; n])]),
        sequence_scores: BTreeMap::new(),
        attr_pos_start: 1,
        attr_pos_end: n + 1,
    };
    let info = json!({ "attribution_method": "occlusion", "tokenizer_class": "GPT2Tokenizer" });
    to_inseq_json(&AttributionOutput {
        info: info.as_object().unwrap().clone(),
        sequences: vec![sequence],
    })
}

/// 511 columns and 512 rows: as many cells as are opened.
const N: usize = 511;

/// Notes every task that holds up the page for more than 50 ms.
const NOTE_TASKS: &str = "window.tasks = [];
    new PerformanceObserver(list => tasks.push(...list.getEntries()))
      .observe({ type: 'longtask', buffered: true });";

/// The longest tasks since that was last asked, before and after the result had come, in
/// milliseconds; 50 or less is not told.
fn longest_tasks(visit: &Visit) -> [f64; 2] {
    let longest = visit.page.evaluate(
        "new Promise(done => requestAnimationFrame(() => setTimeout(() => {
           const result = performance.getEntriesByType('resource')
             .find(it => it.name.endsWith('/a.json'));
           const all = window.tasks.splice(0);
           const longest = isOne => Math.max(0, ...all.filter(isOne).map(it => it.duration));
           const isBefore = it => it.startTime < result.responseEnd;
           done([longest(isBefore), longest(it => !isBefore(it))]);
         }, 300)))",
    );
    [0, 1].map(|index| longest[index].as_f64().unwrap())
}

/// JavaScript: the canvas of the page.
const CANVAS: &str = "document.querySelector('[data-testid=heatmap-canvas] canvas')";

/// How many of the canvas' pixels are colored rather than gray.
fn n_colored(visit: &Visit) -> u64 {
    let n = visit.page.evaluate(&format!(
        "(() => {{
           const it = {CANVAS};
           const {{ data }} = it.getContext('2d').getImageData(0, 0, it.width, it.height);
           let n = 0;
           for (let i = 0; i < data.length; i += 4) {{
             const [low, high] = [Math.min(data[i], data[i + 1], data[i + 2]),
               Math.max(data[i], data[i + 1], data[i + 2])];
             n += high - low > 40;
           }}
           return n;
         }})()"
    ));
    n.as_u64().unwrap()
}

#[test]
fn half_a_thousand_tokens_are_drawn_without_a_stall() {
    let Some(site) = Site::from_environment() else {
        return;
    };
    let page = Page::open(&site, "about:blank", LAPTOP);
    page.run_before_every_document(NOTE_TASKS);
    page.go_to(&format!(
        "{}?result={}",
        site.root,
        server("200 OK", "Access-Control-Allow-Origin: *\r\n", large(N))
    ));
    let visit = Visit { page };
    visit.page.wait_for_text("Opened result");
    // The text comes first.
    let words = visit.text("text-alone");
    assert!(words.contains("512 rows and 511 columns"), "{words}");
    assert!(visit.page.evaluate(CANVAS).is_null());
    let [starting, opening] = longest_tasks(&visit);
    visit.page.screenshot("large-text");

    visit.click("view-table");
    visit
        .page
        .wait_for("the pixels", &format!("{CANVAS}?.width > 500"));
    let [_, drawing] = longest_tasks(&visit);
    let colored = n_colored(&visit);
    assert!(colored > 1000, "{colored} colored pixels");
    visit.page.screenshot("large-fit");

    for _ in 0..8 {
        visit.click("zoom-in");
    }
    let frame = by_id("heatmap-canvas");
    visit
        .page
        .evaluate(&format!("document.querySelector('{frame}').focus()"));
    for key in [
        "ArrowDown",
        "ArrowRight",
        "ArrowRight",
        "-",
        "+",
        "End",
        "PageDown",
        "Home",
    ] {
        visit.page.press(key);
    }
    let [_, moving] = longest_tasks(&visit);
    println!(
        "512 × 511 cells: longest task while the page came up {starting:.0} ms, while the result \
         was opened {opening:.0} ms, while drawn {drawing:.0} ms, while zoomed and moved through \
         {moving:.0} ms (0 is 50 or less)"
    );
    visit.page.assert_no_console_errors();
}

#[test]
fn pixels_are_read_by_keyboard_and_mouse() {
    let Some(site) = Site::from_environment() else {
        return;
    };
    let visit = looking_at(&site, large(N));
    visit.click("view-table");
    visit
        .page
        .wait_for("the pixels", &format!("{CANVAS}?.width > 500"));
    let frame = by_id("heatmap-canvas");
    visit
        .page
        .evaluate(&format!("document.querySelector('{frame}').focus()"));
    assert_eq!(visit.text("readout"), "the → cat: 1.000");
    visit.page.press("ArrowDown");
    assert_eq!(
        visit.text("readout"),
        "cat is not before cat, so it gave nothing"
    );
    visit.page.press("ArrowRight");
    assert_eq!(visit.text("readout"), "cat → sat: 1.000");
    let scroll = || {
        visit.page.evaluate(&format!(
            "[document.querySelector('{frame}').scrollLeft, document.querySelector('{frame}').scrollTop]"
        ))
    };
    assert_eq!(scroll(), json!([0, 0]), "all of it fits");
    for _ in 0..9 {
        visit.page.press("+");
    }
    visit.page.press("End");
    visit.page.press("PageDown");
    assert_eq!(
        visit.text("readout"),
        ". is not before ., so it gave nothing"
    );
    visit.page.wait_for(
        "the last cell in view",
        &format!("document.querySelector('{frame}').scrollLeft > 1000 && document.querySelector('{frame}').scrollTop > 1000"),
    );
    visit.page.press("Enter");
    let chosen =
        "document.querySelector('[data-testid=output-token][aria-checked=true]').dataset.column";
    assert_eq!(visit.page.evaluate(chosen), "510");
    visit.page.screenshot("large-zoomed");
    visit.page.press("0");
    visit.page.wait_for(
        "all of it",
        &format!("document.querySelector('{frame}').scrollTop === 0"),
    );
    // The mouse: below the labels, right of them.
    visit.page.evaluate("document.activeElement.blur()");
    visit.page.hover(&frame);
    visit.page.wait_for(
        "the value under the mouse",
        "document.querySelector('[data-testid=readout]').innerText.match(/→|is not before/)",
    );
    visit.page.click(&frame);
    assert_ne!(visit.page.evaluate(chosen), "510");

    // Another coat: the same scale, on dark paper.
    let light = n_colored(&visit);
    let corner = format!("[...{CANVAS}.getContext('2d').getImageData(2, 2, 1, 1).data]");
    let before = visit.page.evaluate(&corner);
    visit
        .page
        .evaluate("document.querySelectorAll('[data-testid=appearance] input')[2].click()");
    visit.page.wait_for(
        "dark paper",
        &format!("String({corner}) !== {}", Value::from(as_text(&before))),
    );
    assert!(light > 1000 && n_colored(&visit) > 1000);
    visit.page.screenshot("large-dark");
    visit.page.set_view(PHONE);
    visit
        .page
        .evaluate("document.querySelector('[role=tablist]').scrollIntoView()");
    assert_eq!(
        visit
            .page
            .evaluate("document.documentElement.scrollWidth <= innerWidth"),
        true
    );
    visit.page.screenshot("large-phone");
    visit.page.assert_no_console_errors();
}

fn as_text(numbers: &Value) -> String {
    let numbers = numbers.as_array().unwrap().iter();
    numbers.map(Value::to_string).collect::<Vec<_>>().join(",")
}

#[test]
fn a_part_of_a_large_result_is_a_table() {
    let Some(site) = Site::from_environment() else {
        return;
    };
    let visit = looking_at(&site, large(N));
    visit.click("view-table");
    visit.page.wait_for_selector(&by_id("heatmap-canvas"));
    visit.page.click(&format!("{} > summary", by_id("ranges")));
    visit.type_number("rows-shown", "100-109");
    visit.type_number("columns-shown", "105–108");
    visit.page.wait_for_selector(&by_id("heatmap"));
    let numbered = visit.page.evaluate(
        "[...document.querySelectorAll('[data-testid=heatmap] .position')].map(it => it.textContent.trim())",
    );
    let expected = [105, 106, 107, 108].into_iter().chain(100..=109);
    let expected: Vec<String> = expected.map(|number: usize| number.to_string()).collect();
    assert_eq!(numbered, json!(expected));
    visit
        .page
        .evaluate("document.querySelector('[data-testid=heatmap] td[data-column=\"2\"]').click()");
    let chosen =
        "document.querySelector('[data-testid=output-token][aria-checked=true]').dataset.column";
    assert_eq!(
        visit.page.evaluate(chosen),
        "106",
        "column 107 is the 106th from 0"
    );
    let selected =
        "document.querySelector('[data-testid=heatmap] th.selected .position').textContent";
    assert_eq!(visit.page.evaluate(selected), "107");
    visit.type_number("rows-shown", "9-1");
    assert!(visit.text("ranges-failure").contains("first and last"));
    visit.type_number("rows-shown", "");
    visit.type_number("columns-shown", "");
    visit.page.wait_for_selector(&by_id("heatmap-canvas"));
    visit.page.assert_no_console_errors();
}
