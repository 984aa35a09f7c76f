//! What goes wrong gets clear words, and nothing that was typed is lost.

use crate::page::Page;
use crate::site::Site;
use crate::visit::{Visit, by_id};

/// Remembers the page's workers, so that a test can do to them what a browser does.
pub(crate) const REMEMBER_WORKERS: &str = "window.workers = [];
    window.Worker = class extends Worker {
      constructor(address, options) { super(window.workerAddress ?? address, options); window.workers.push(this); }
    };";

fn input_of(visit: &Visit) -> String {
    let value = format!("document.querySelector('{}').value", by_id("input-text"));
    visit.page.evaluate(&value).as_str().unwrap().to_owned()
}

#[test]
fn an_empty_text_is_refused_in_words() {
    let Some(visit) = Visit::begin() else { return };
    visit.type_input("");
    let words = visit.run_in_vain();
    assert!(words.contains("The prompt is empty."), "{words}");
    visit.page.screenshot("mishap-empty");
    // The stored example is still there to look at.
    assert_eq!(visit.text("origin"), "Stored example");
    visit.page.assert_no_console_errors();
}

#[test]
fn a_text_that_is_too_long_is_told_by_how_many_tokens() {
    let Some(visit) = Visit::begin() else { return };
    let text = "The capital of France is ".repeat(40);
    visit.type_input(&text);
    let words = visit.run_in_vain();
    assert!(
        words.contains("201 tokens, 73 more than the model's 128"),
        "{words}"
    );
    assert_eq!(input_of(&visit), text);
    visit.page.screenshot("mishap-too-long");
    visit.page.assert_no_console_errors();
}

#[test]
fn a_given_output_must_continue_the_prompt() {
    let Some(visit) = Visit::begin() else { return };
    visit.type_input("The capital of France is");
    visit.type_output("The capital of Spain is Madrid");
    let words = visit.run_in_vain();
    assert!(words.contains("does not continue the prompt"), "{words}");
    assert!(words.contains("whole prompt"), "no way out: {words}");
    visit.page.assert_no_console_errors();
}

#[test]
fn long_words_leave_the_form_in_reach() {
    let Some(visit) = Visit::begin() else { return };
    visit.choose("method", "layer_gradient_x_activation");
    visit
        .page
        .type_into(&by_id("method-option-target_layer"), "transformer.h.99");
    visit.page.press("Tab");
    let words = visit.run_in_vain();
    assert!(words.contains("transformer.h.{0..3}.mlp"), "{words}");
    let share = "document.querySelector('[data-testid=error]').getBoundingClientRect().height \
                 / innerHeight <= 0.4";
    assert_eq!(visit.page.evaluate(share), true);
    let is_off = "document.querySelector('[data-testid=method-option-multiply_by_inputs]').checked \
                  === false";
    visit.click("method-option-multiply_by_inputs");
    assert_eq!(visit.page.evaluate(is_off), true);
    visit.page.screenshot("mishap-long-words");
}

#[test]
fn options_and_positions_out_of_range_are_refused() {
    let Some(visit) = Visit::begin() else { return };
    visit.choose("method", "integrated_gradients");
    visit.type_number("method-option-n_steps", "0");
    let words = visit.run_in_vain();
    assert!(
        words.contains("n_steps") && words.contains("from 1"),
        "{words}"
    );
    visit.type_number("method-option-n_steps", "");
    visit.run();

    visit.open_advanced();
    visit.type_number("attr-pos-start", "500");
    let words = visit.run_in_vain();
    assert!(words.contains("500"), "{words}");
    visit.page.assert_no_console_errors();
}

#[test]
fn a_run_can_be_cancelled_and_run_again() {
    let Some(visit) = Visit::begin() else { return };
    visit.choose("method", "integrated_gradients");
    // Long enough to be caught.
    visit.type_number("method-option-n_steps", "5000");
    visit.click("run");
    visit.page.wait_for_selector(&by_id("progress"));
    visit.page.screenshot("running");
    visit.click("cancel");
    visit.page.wait_for_text("Cancelled");
    assert_eq!(visit.text("origin"), "Stored example");
    visit.type_number("method-option-n_steps", "5");
    visit.wait_for_engine();
    visit.run();
    visit.page.assert_no_console_errors();
}

#[test]
fn runs_follow_one_another_and_never_overlap() {
    let Some(visit) = Visit::begin() else { return };
    visit.run();
    let first = visit.text("heatmap");
    visit.run();
    assert_eq!(visit.text("heatmap"), first);
    visit.choose("method", "integrated_gradients");
    visit.type_number("method-option-n_steps", "5000");
    visit.click("run");
    visit.page.wait_for_selector(&by_id("progress"));
    let is_disabled = format!("document.querySelector('{}').disabled", by_id("run"));
    assert_eq!(visit.page.evaluate(&is_disabled), true);
    // The keyboard's way is closed, too.
    visit.page.evaluate(&format!(
        "document.querySelector('{}').focus()",
        by_id("input-text")
    ));
    visit.page.evaluate(
        "document.activeElement.dispatchEvent(new KeyboardEvent('keydown',
           { key: 'Enter', ctrlKey: true, bubbles: true, cancelable: true }))",
    );
    assert!(visit.text("run-note").contains("One run at a time"));
    visit.click("cancel");
    visit.page.wait_for_text("Cancelled");
    visit.page.assert_no_console_errors();
}

#[test]
fn what_was_typed_and_chosen_survives_a_reload() {
    let Some(visit) = Visit::begin() else { return };
    visit.choose("model", "demo-mt-tr-en");
    visit.type_input("Ayşe bir doktor.");
    visit.type_output("Ayşe is a doctor.");
    visit.choose("method", "integrated_gradients");
    visit.type_number("method-option-n_steps", "7");
    visit.page.reload();
    visit.wait_for_engine();
    let kept = visit.page.evaluate(
        "['model', 'input-text', 'generated-text', 'method', 'method-option-n_steps']
           .map(id => document.querySelector(`[data-testid=${id}]`).value)",
    );
    assert_eq!(
        kept,
        serde_json::json!([
            "demo-mt-tr-en",
            "Ayşe bir doktor.",
            "Ayşe is a doctor.",
            "integrated_gradients",
            "7"
        ])
    );
    visit.run();
    visit.page.assert_no_console_errors();
}

#[test]
fn a_worker_that_dies_is_replaced_and_the_page_says_so() {
    let Some(visit) = Visit::begin_with_script(REMEMBER_WORKERS) else {
        return;
    };
    visit.choose("method", "integrated_gradients");
    visit.type_number("method-option-n_steps", "5000");
    visit.type_input("The language of Japan is");
    visit.click("run");
    visit.page.wait_for_selector(&by_id("progress"));
    // What a browser says when a program traps, as memory that runs out makes it.
    visit.page.evaluate(
        "workers.at(-1).dispatchEvent(new ErrorEvent('error', { message: 'unreachable executed' }))",
    );
    let words = visit.wait_for_words();
    assert!(words.contains("started again"), "{words}");
    assert!(words.contains("unreachable executed"), "{words}");
    visit.page.screenshot("mishap-worker-died");
    assert_eq!(visit.page.evaluate("workers.length"), 2);
    assert_eq!(input_of(&visit), "The language of Japan is");
    visit.type_number("method-option-n_steps", "5");
    visit.wait_for_engine();
    visit.run();
}

#[test]
fn a_worker_that_never_starts_is_given_up_until_asked_for() {
    let Some(site) = Site::from_environment() else {
        return;
    };
    let page = Page::open(&site, "about:blank", crate::view::LAPTOP);
    page.run_before_every_document(REMEMBER_WORKERS);
    page.run_before_every_document("window.workerAddress = 'no-such-worker.js'");
    page.go_to(&site.root);
    page.wait_for_selector(&by_id("engine-dead"));
    assert_eq!(page.evaluate("workers.length"), 3);
    page.screenshot("mishap-engine-dead");
    page.evaluate("delete window.workerAddress");
    let visit = Visit { page };
    visit.click("start-again");
    visit.wait_for_engine();
    visit.run();
}
