//! Views of one result that are lists: what a token hangs on, and its step scores.

use serde_json::json;

use crate::site::Site;
use crate::views::{each, looking_at, pictures, signed};
use crate::visit::by_id;

#[test]
fn what_a_token_hangs_on_is_ranked() {
    let Some(site) = Site::from_environment() else {
        return;
    };
    let visit = looking_at(&site, signed());
    visit.click("view-ranking");
    let rows = || {
        visit.page.evaluate(&each(
            "[data-testid=ranking] tbody tr",
            "[it.querySelector('bdi').innerText, it.querySelector('.number').innerText,
              it.querySelector('rect').classList.contains('negative')]",
        ))
    };
    assert_eq!(
        rows(),
        json!([
            ["the", "0.500", false],
            ["cat", "-0.250", true],
            ["</s>", "0", false],
            ["<pad>", "0", false]
        ])
    );
    visit
        .page
        .evaluate("document.querySelectorAll('[data-testid=output-token]')[1].click()");
    assert_eq!(rows()[0], json!(["cat", "0.750", false]));
    assert_eq!(rows()[1], json!(["</s>", "-0.500", true]));
    assert!(visit.text("view-panel").contains("What “chat” hangs on"));
    pictures(&visit, "ranking-signed");
    visit.page.assert_no_console_errors();
}

#[test]
fn step_scores_are_charts_and_a_table() {
    let Some(site) = Site::from_environment() else {
        return;
    };
    let visit = looking_at(&site, signed());
    visit.click("view-scores");
    let charts = visit.page.evaluate(&each(
        "[data-testid=step-charts] svg",
        "it.getAttribute('aria-label')",
    ));
    assert_eq!(
        charts,
        json!([
            "entropy: highest 1.500 at “le” (1), lowest 0.250 at “chat” (2)",
            "pcxmi: highest 2.000 at “chat” (2), lowest -0.500 at “le” (1)"
        ])
    );
    let heights = visit.page.evaluate(&each(
        "[data-testid=step-charts] .chart-value",
        "Math.round(Number(it.getAttribute('height')) * 10)",
    ));
    // 72 high: all of 1.5, a sixth of it; a fifth of 2.5, the rest.
    assert_eq!(heights, json!([720, 120, 144, 576]));
    let shown = visit.page.evaluate(&each(
        "[data-testid=step-charts] .chart-number",
        "it.textContent",
    ));
    assert_eq!(shown, json!(["1.500", "0.250", "-0.500", "2.000"]));
    visit
        .page
        .click(&format!("{} > summary", by_id("step-table")));
    let numbers = visit
        .page
        .evaluate(&each("[data-testid=step-numbers] td", "it.innerText"));
    assert_eq!(numbers, json!(["1.500", "-0.500", "0.250", "2.000"]));
    visit
        .page
        .click("[data-testid=step-charts] [data-column='1'] .chart-slot");
    assert!(visit.text("chosen-target").contains("chat"));
    pictures(&visit, "scores");
    visit.page.assert_no_console_errors();
}
