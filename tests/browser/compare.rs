//! Results beside each other: what differs, how much they agree, and all methods on one
//! sentence.

use std::time::Duration;

use serde_json::{Value, json};

use crate::view::PHONE;
use crate::visit::{Visit, by_id};

/// How long a run, or all of them, may take on a slow machine.
const PATIENCE: Duration = Duration::from_secs(300);

/// What the page has on screen at first.
const EXAMPLE: &str = include_str!("../../web/assets/example.inseq.json");

/// The numbers of a table, row by row; `null` where there is none.
fn numbers(visit: &Visit, table: &str) -> Vec<Option<f64>> {
    let numbers = visit.page.evaluate(&format!(
        "[...document.querySelectorAll('{} td')].map(cell =>
           cell.innerText === '' ? null : Number(cell.innerText.replace('−', '-')))",
        by_id(table)
    ));
    let numbers = numbers.as_array().cloned().unwrap_or_default();
    assert!(!numbers.is_empty(), "{table} has no cells");
    numbers.iter().map(Value::as_f64).collect()
}

/// The rows of a table of figures, as text.
pub(crate) fn rows(visit: &Visit, table: &str) -> Vec<Vec<String>> {
    let rows = visit.page.evaluate(&format!(
        "[...document.querySelectorAll('{} tbody tr')].map(row =>
           [...row.children].map(cell => cell.innerText.trim()))",
        by_id(table)
    ));
    serde_json::from_value(rows).unwrap()
}

/// Has the first run again, and waits for the comparison.
fn run_again(visit: &Visit) {
    visit.click("again");
    visit.page.wait_for_within(
        PATIENCE,
        "the run to compare",
        &format!(
            "!document.querySelector('{}') && !document.querySelector('{}').disabled",
            by_id("cancel-comparing"),
            by_id("again")
        ),
    );
    visit.page.wait_for_selector(&by_id("settings-words"));
}

pub(crate) fn count(visit: &Visit, test_id: &str) -> u64 {
    let count = format!("document.querySelectorAll('{}').length", by_id(test_id));
    visit.page.evaluate(&count).as_u64().unwrap()
}

#[test]
fn two_methods_differ_by_the_difference_of_their_numbers() {
    let Some(visit) = Visit::begin() else { return };
    visit.type_input("The capital of France is");
    visit.run();
    visit.choose("again-method", "input_x_gradient");
    run_again(&visit);
    // What is on screen stays.
    assert!(visit.text("settings").contains("saliency"));

    let (first, second) = (
        numbers(&visit, "compare-first-table"),
        numbers(&visit, "compare-second-table"),
    );
    assert_eq!(first, numbers(&visit, "heatmap")[..first.len()]);
    let difference = numbers(&visit, "difference");
    assert_eq!(difference.len(), first.len());
    let mut largest = 0.0_f64;
    for ((first, second), difference) in first.iter().zip(&second).zip(&difference) {
        match (first, second, difference) {
            (Some(first), Some(second), Some(difference)) => {
                // Each of the three was rounded to at least three decimals.
                assert!((second - first - difference).abs() < 0.0016, "{difference}");
                largest = largest.max(difference.abs());
            }
            (None, None, None) => {}
            other => panic!("numbers are missing: {other:?}"),
        }
    }
    assert!(largest > 0.01, "nothing differs");
    let words = visit.text("difference-words");
    assert!(words.starts_with("Largest changes: “"), "{words}");

    let settings = rows(&visit, "settings-differ");
    assert_eq!(settings[0], ["method", "saliency", "input_x_gradient"]);
    let agreement = rows(&visit, "agreement");
    assert_eq!(agreement.len(), visit.output_tokens().len() + 1);
    assert_eq!(agreement[0][0], "Mean of all");
    let spearman: f64 = agreement[0][2].replace('−', "-").parse().unwrap();
    assert!((-1.0..1.0).contains(&spearman), "{agreement:?}");

    visit.choose("compare-top", "1");
    let head = visit.text("agreement");
    assert!(head.contains("Shared of first 1"), "{head}");
    visit.choose("compare-compared", "signed");
    assert!(visit.text("agreement-help").contains("with its sign"));
    // Another way to look is another difference; nothing is computed.
    visit.choose("way-scale", "largest");
    assert_ne!(numbers(&visit, "difference"), difference);
    visit.choose("way-scale", "usual");
    assert_eq!(numbers(&visit, "difference"), difference);
    visit.page.screenshot_of_all("compare");
    visit.page.set_view(PHONE);
    visit.page.screenshot_of_all("compare-phone");
    assert_no_scroll_sideways(&visit);
    visit.page.assert_no_console_errors();
}

/// What is wider than the window scrolls by itself, not the page.
pub(crate) fn assert_no_scroll_sideways(visit: &Visit) {
    let width = "[document.documentElement.scrollWidth, innerWidth]";
    let width = visit.page.evaluate(width);
    assert!(width[0].as_u64() <= width[1].as_u64(), "{width}");
}

#[test]
fn the_same_run_agrees_with_itself_also_after_a_reload() {
    let Some(visit) = Visit::begin() else { return };
    visit.type_input("The nurse said that");
    visit.run();
    let earlier = visit.values_of("compare-second");
    let earlier = earlier.last().expect("the run is among the earlier ones");
    visit.choose("compare-second", earlier);
    visit.page.wait_for_selector(&by_id("agreement"));
    assert_eq!(
        visit.text("settings-words"),
        "Both were made in the same way."
    );
    assert_eq!(visit.text("difference-words"), "Nothing differs.");
    let all_ones = |visit: &Visit| {
        let agreement = rows(visit, "agreement");
        assert_eq!(
            agreement[0][2..],
            ["1.00", "1.00", "100 %"],
            "{agreement:?}"
        );
    };
    all_ones(&visit);
    assert!(
        numbers(&visit, "difference")
            .iter()
            .flatten()
            .all(|it| *it == 0.0)
    );

    // After a reload the example is on screen again, which reads another kind of text.
    visit.page.reload();
    visit.wait_for_engine();
    let words = visit.text("compare-apart");
    assert!(words.contains("reads a source apart"), "{words}");
    visit.choose("compare-first", earlier);
    visit.page.wait_for_selector(&by_id("agreement"));
    all_ones(&visit);
    visit.page.assert_no_console_errors();
}

#[test]
fn two_outputs_are_aligned_and_what_cannot_be_run_is_said() {
    let Some(visit) = Visit::begin() else { return };
    visit.choose("model", "demo-mt-tr-en");
    visit.type_input("O bir doktor.");
    visit.type_output("He is a doctor.");
    visit.run();
    visit.choose("again-kind", "output");
    visit
        .page
        .type_into(&by_id("again-output"), "She is a doctor.");
    run_again(&visit);
    let settings = rows(&visit, "settings-differ");
    assert_eq!(
        settings,
        [["output text", "He is a doctor.", "She is a doctor."]]
    );
    let agreement = rows(&visit, "agreement");
    assert!(agreement[1][0].contains("He → She"), "{agreement:?}");
    visit.page.screenshot_of_all("compare-outputs");
    assert_eq!(count(&visit, "open-kept"), 2, "both are earlier runs");

    visit.page.type_into(&by_id("again-output"), " ");
    visit.click("again");
    let words = visit.text("again-failure");
    assert!(words.contains("empty"), "{words}");
    visit.page.assert_no_console_errors();
}

#[test]
fn two_models_explain_the_same_output() {
    let Some(visit) = Visit::begin() else { return };
    visit.choose("model", "demo-mt-tr-en");
    visit.type_input("O bir doktor.");
    visit.run();
    visit.choose("again-kind", "model");
    visit.choose("again-model", "demo-mt-en-fr");
    run_again(&visit);
    let settings = rows(&visit, "settings-differ");
    let names: Vec<&str> = settings.iter().map(|row| row[0].as_str()).collect();
    assert!(names.contains(&"model"), "{settings:?}");
    assert!(!names.contains(&"output text"), "{settings:?}");
    // Some figures are undefined, and say so where they are out of sight.
    visit.page.set_view(PHONE);
    assert_no_scroll_sideways(&visit);
    visit.page.assert_no_console_errors();
}

/// Has all methods run, and waits until they are over.
pub(crate) fn run_all(visit: &Visit) {
    visit.click("run-all-methods");
    visit.page.wait_for_within(
        PATIENCE,
        "all methods",
        &format!(
            "document.querySelector('{}') && !document.querySelector('{}').disabled",
            by_id("method-panel"),
            by_id("run-all-methods")
        ),
    );
}

#[test]
fn all_methods_explain_one_sentence() {
    let Some(visit) = Visit::begin() else { return };
    visit.type_input("The capital of France is");
    visit.run();
    let methods = visit.values_of("method");
    // One of them is asked for what the model does not have.
    visit.choose("method", "layer_deeplift");
    visit.type_number("method-option-target_layer", "transformer.h.99");
    visit.choose("method", "saliency");
    run_all(&visit);
    let n_methods = methods.len() as u64;
    assert!(n_methods >= 15, "{methods:?}");
    assert_eq!(count(&visit, "method-panel"), n_methods);
    assert_eq!(count(&visit, "method-strongest"), n_methods - 1);
    let panels = visit.text("all-methods");
    assert!(panels.contains("No result: "), "{panels}");
    assert!(panels.contains("transformer.h."), "no reason: {panels}");

    let agreement = rows(&visit, "all-methods-agreement");
    assert_eq!(agreement.len() as u64, n_methods - 1);
    assert_eq!(agreement[0][1..], ["1.00", "1.00", "100 %"]);
    let of_second = agreement[1].clone();
    visit.choose("all-methods-reference", "1");
    let agreement = rows(&visit, "all-methods-agreement");
    assert_eq!(agreement[1][1..], ["1.00", "1.00", "100 %"]);
    // Whoever agrees is agreed with.
    assert_eq!(agreement[0][1..], of_second[1..]);

    // One choice for all panels.
    let strongest = visit.text("method-strongest");
    visit.choose("all-methods-token", "1");
    assert_ne!(visit.text("method-strongest"), strongest);
    visit.page.screenshot_of_all("all-methods");
    visit.page.set_view(PHONE);
    visit.page.screenshot_of_all("all-methods-phone");
    assert_no_scroll_sideways(&visit);

    // They do not push out the earlier runs; one that is opened is among them.
    assert_eq!(count(&visit, "open-kept"), 1);
    assert!(visit.text("settings").contains("saliency"));
    visit.page.evaluate(&format!(
        "document.querySelectorAll('{}')[1].click()",
        by_id("open-method")
    ));
    visit.page.wait_for(
        "the second method on screen",
        &format!(
            "document.querySelector('{}').innerText.includes('{}')",
            by_id("settings"),
            methods[1]
        ),
    );
    assert_eq!(count(&visit, "open-kept"), 2);
    visit.page.assert_no_console_errors();
}

#[test]
fn all_methods_can_be_cancelled_and_what_is_there_stays() {
    let Some(visit) = Visit::begin() else { return };
    visit.type_input("George was sick yesterday. His colleagues asked him to come to the");
    let seen = visit.page.evaluate(
        "(async () => {
           const find = id => document.querySelector(`[data-testid=${id}]`);
           const all = id => document.querySelectorAll(`[data-testid=${id}]`).length;
           const rest = () => new Promise(go => setTimeout(go, 0));
           find('run-all-methods').click();
           while (all('method-strongest') < 2) await rest();
           const seen = [find('run').disabled, find('run-note').innerText,
             find('all-methods-progress').innerText];
           find('cancel-all-methods').click();
           while (find('run-all-methods').disabled) await rest();
           return [...seen, all('method-strongest'),
             find('all-methods').innerText.includes('It was not run.')];
         })()",
    );
    assert_eq!(seen[0], true);
    let note = seen[1].as_str().unwrap();
    assert!(note.contains("Runs to compare go on"), "{note}");
    let progress = seen[2].as_str().unwrap();
    assert!(progress.starts_with("Method "), "{progress}");
    assert!(seen[3].as_u64() >= Some(2), "{seen}");
    assert_eq!(seen[4], json!(true), "{seen}");
    visit.wait_for_engine();
    visit.run();
    visit.page.assert_no_console_errors();
}

#[test]
fn a_file_is_compared() {
    let Some(visit) = Visit::begin() else { return };
    // The stored example as a file, and one that is none.
    let choose = |text: &str| {
        visit.page.evaluate(&format!(
            "(() => {{
               const field = document.querySelector('[data-testid=compare-file]');
               const text = {text};
               const files = new DataTransfer();
               files.items.add(new File([text], 'other.json'));
               field.files = files.files;
               field.dispatchEvent(new Event('change', {{ bubbles: true }}));
             }})()"
        ));
    };
    choose("'<html>'");
    visit.page.wait_for_text("this is no result of Inseq");
    choose(&Value::from(EXAMPLE).to_string());
    visit.page.wait_for_selector(&by_id("agreement"));
    assert_eq!(visit.text("difference-words"), "Nothing differs.");
    assert!(visit.text("compare").contains("from other.json"));
    visit.page.assert_no_console_errors();
}
