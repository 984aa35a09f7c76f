//! Everything can be done without a mouse, and it is visible where one is.

use std::collections::BTreeSet;

use crate::visit::{Visit, by_id};

/// What has the focus: its test id or what it says, and whether a ring is drawn around
/// it or, for a hidden box of a switch, around the label beside it.
const FOCUSED: &str = "(() => {
    const it = document.activeElement;
    const ringed = element => element && getComputedStyle(element).outlineStyle !== 'none'
      && parseFloat(getComputedStyle(element).outlineWidth) > 0;
    const name = it === document.body ? 'nothing'
      : it.dataset.testid ?? it.closest('td')?.tagName ?? it.innerText ?? it.id;
    return [name, Boolean(ringed(it) || ringed(it.nextElementSibling))];
  })()";

#[test]
fn the_tabulator_reaches_everything_and_shows_where_it_is() {
    let Some(visit) = Visit::begin() else { return };
    visit.page.evaluate("document.body.focus()");
    let (mut reached, mut without_ring) = (BTreeSet::new(), BTreeSet::new());
    for _ in 0..160 {
        visit.page.press("Tab");
        let focused = visit.page.evaluate(FOCUSED);
        let name = focused[0].as_str().unwrap().trim().to_owned();
        if name == "nothing" {
            break;
        }
        if focused[1] != true {
            without_ring.insert(name.clone());
        }
        reached.insert(name);
    }
    for name in [
        "Skip to the result",
        "model",
        "input-text",
        "example",
        "generated-text",
        "method",
        "attributed-fn",
        "step-score-entropy",
        "Advanced",
        "run",
        "output-token",
        "TD",
        "removal",
        "measure",
        "compare-second",
        "again",
        "run-all-methods",
        "download-json",
        "download-html",
    ] {
        assert!(reached.contains(name), "{name} is not among {reached:?}");
    }
    assert!(without_ring.is_empty(), "no ring around {without_ring:?}");
}

#[test]
fn a_sentence_is_explained_without_a_mouse() {
    let Some(visit) = Visit::begin() else { return };
    visit.page.evaluate("document.body.focus()");
    let tab_to = |test_id: &str| {
        for _ in 0..160 {
            visit.page.press("Tab");
            if visit.page.evaluate("document.activeElement.dataset.testid") == test_id {
                return;
            }
        }
        panic!("the tabulator does not reach {test_id}");
    };
    tab_to("model");
    visit.page.press("ArrowDown");
    assert_eq!(
        visit.page.evaluate("document.activeElement.value"),
        "demo-mt-en-fr"
    );
    tab_to("input-text");
    visit.type_input("The queen is tired.");
    tab_to("run");
    visit.page.press("Enter");
    visit.page.wait_for_text("Your result");
    let output = visit.output_tokens().join(" ");
    assert!(output.starts_with("La reine"), "{output}");

    tab_to("output-token");
    visit.page.press("ArrowRight");
    let chosen = visit.text("chosen-target");
    assert!(chosen.contains("reine"), "{chosen}");
    let readout = || visit.text("readout");
    for _ in 0..5 {
        visit.page.press("Tab");
        if visit.page.evaluate("document.activeElement.tagName") == "TD" {
            break;
        }
    }
    let first = readout();
    assert!(first.contains(" → "), "{first}");
    visit.page.press("ArrowDown");
    assert_ne!(readout(), first);
    visit.page.assert_no_console_errors();
}

#[test]
fn everything_that_can_be_used_has_a_name() {
    let Some(visit) = Visit::begin() else { return };
    visit.open_advanced();
    let nameless = visit.page.evaluate(
        "[...document.querySelectorAll('input, select, textarea, button, a, table, progress')]
           .filter(it => !(it.labels?.length || it.ariaLabel || it.innerText?.trim()
             || it.getAttribute('aria-labelledby')))
           .map(it => it.outerHTML)",
    );
    assert_eq!(nameless, serde_json::json!([]));
    // What runs is told to readers of the screen where it happens.
    for test_id in ["run-note", "readout"] {
        let role = format!("document.querySelector('{}').role", by_id(test_id));
        assert_eq!(visit.page.evaluate(&role), "status", "{test_id}");
    }
}
