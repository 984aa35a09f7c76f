//! How faithful a result is: measured beside others of its text, cancelled, refused.

use serde_json::{Value, json};

use crate::mishaps::REMEMBER_WORKERS;
use crate::visit::Visit;

/// Waits until the measuring is over; returns the rows of the table.
const MEASURE: &str = "(async () => {
    const find = id => document.querySelector(`[data-testid=${id}]`);
    const wait = async until => {
      while (!until()) await new Promise(go => setTimeout(go, 5));
    };
    find('measure').click();
    await wait(() => find('measure').disabled);
    await wait(() => !find('measure').disabled);
    return [...document.querySelectorAll('[data-testid=measures] tbody tr')].map(row =>
      [...row.children].map(cell => cell.innerText));
  })()";

fn names(rows: &Value) -> Vec<&str> {
    let rows = rows.as_array().expect("a table has rows").iter();
    rows.map(|row| row[0].as_str().unwrap()).collect()
}

fn number(rows: &Value, row: usize, column: usize) -> f64 {
    let text = rows[row][column].as_str().unwrap().replace('−', "-");
    text.parse().expect("a cell holds a number")
}

#[test]
fn methods_are_compared_on_the_visitors_own_sentence() {
    let Some(visit) = Visit::begin() else { return };
    visit.choose("model", "demo-mt-en-fr");
    visit.type_input("The doctor arrived with her dog.");
    visit.choose("method", "attention");
    visit.run();
    let rows = visit.page.evaluate(MEASURE);
    assert_eq!(names(&rows), ["attention", "random order"]);
    assert!(visit.text("measures-help").contains("1, 5, 10, 20, 50 %"));

    visit.choose("method", "occlusion");
    visit.run();
    let rows = visit.page.evaluate(MEASURE);
    assert_eq!(names(&rows), ["attention", "occlusion", "random order"]);
    // Occlusion looks at exactly what is measured.
    assert!(number(&rows, 1, 1) > number(&rows, 2, 1), "{rows}");
    assert!(number(&rows, 1, 2) < number(&rows, 2, 2), "{rows}");
    visit.page.screenshot_of_all("faithfulness");

    // Other stand-ins answer another question.
    visit.choose("removal", "same_kind");
    assert_eq!(
        visit
            .page
            .evaluate("document.querySelector('[data-testid=measures]')"),
        Value::Null
    );
    let rows = visit.page.evaluate(MEASURE);
    assert_eq!(names(&rows), ["occlusion", "random order"]);

    // Another text begins anew.
    visit.type_input("The queen is tired.");
    visit.run();
    let rows = visit.page.evaluate(MEASURE);
    assert_eq!(names(&rows), ["occlusion", "random order"]);
    visit.page.assert_no_console_errors();
}

#[test]
fn the_stored_example_is_measured_and_a_contrast_too() {
    let Some(visit) = Visit::begin() else { return };
    assert_eq!(visit.page.evaluate(MEASURE).as_array().unwrap().len(), 2);
    visit.type_input("The capital of France is");
    visit.type_output("The capital of France is Paris.");
    visit.choose("attributed-fn", "contrast_prob_diff");
    visit.type_number(
        "function-option-contrast_targets",
        "The capital of Spain is Madrid.",
    );
    visit.run();
    let rows = visit.page.evaluate(MEASURE);
    assert_eq!(names(&rows), ["saliency", "random order"]);
    visit.page.assert_no_console_errors();
}

#[test]
fn measuring_can_be_cancelled_and_a_run_waits_for_it() {
    let Some(visit) = Visit::begin() else { return };
    visit.type_input("George was sick yesterday. His colleagues asked him to come to the");
    visit.run();
    let seen = visit.page.evaluate(
        "(async () => {
           const find = id => document.querySelector(`[data-testid=${id}]`);
           const rest = () => new Promise(go => setTimeout(go, 0));
           find('measure').click();
           while (!find('cancel-measuring')) await rest();
           const seen = [find('run').disabled, find('run-note').innerText,
             Boolean(find('progress'))];
           find('cancel-measuring').click();
           while (find('measure').disabled) await rest();
           return [...seen, Boolean(find('measures'))];
         })()",
    );
    let note = "A result is being measured: cancel that to run.";
    assert_eq!(seen, json!([true, note, true, false]));
    visit.wait_for_engine();
    let rows = visit.page.evaluate(MEASURE);
    assert_eq!(names(&rows), ["saliency", "random order"]);
    visit.page.assert_no_console_errors();
}

#[test]
fn an_engine_that_dies_while_measuring_says_so_and_the_result_stays() {
    let Some(visit) = Visit::begin_with_script(REMEMBER_WORKERS) else {
        return;
    };
    let words = visit.page.evaluate(
        "(async () => {
           const find = id => document.querySelector(
             `[data-testid=faithfulness] [data-testid=${id}]`);
           const rest = () => new Promise(go => setTimeout(go, 0));
           find('measure').click();
           while (!find('cancel-measuring')) await rest();
           workers.at(-1).dispatchEvent(new ErrorEvent('error', { message: 'out of memory' }));
           while (!find('error')) await rest();
           return find('error').innerText;
         })()",
    );
    let words = words.as_str().unwrap();
    assert!(words.contains("started again"), "{words}");
    assert!(words.contains("out of memory"), "{words}");
    assert_eq!(visit.text("origin"), "Stored example");
    visit.wait_for_engine();
    assert_eq!(names(&visit.page.evaluate(MEASURE)).len(), 2);
}
