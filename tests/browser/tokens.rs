//! Texts of the form as tokens, and a contrast text paired with the output by hand.

use crate::view::{LAPTOP, PHONE, View};
use crate::visit::{Visit, by_id};

/// The texts of the elements that a selector finds.
fn texts(visit: &Visit, selector: &str) -> Vec<String> {
    let texts = visit.page.evaluate(&format!(
        "[...document.querySelectorAll(`{selector}`)].map(found => found.innerText.trim())"
    ));
    let texts = texts.as_array().unwrap().iter();
    texts
        .map(|text| text.as_str().unwrap().to_owned())
        .collect()
}

fn strip(visit: &Visit, test_id: &str) -> Vec<String> {
    texts(visit, &format!("{} li", by_id(test_id)))
}

#[test]
fn texts_are_shown_as_tokens_while_they_are_typed() {
    let Some(visit) = Visit::begin() else { return };
    visit.type_input("The capital of France is");
    let is_split = format!(
        "document.querySelectorAll(`{} li`).length > 3",
        by_id("input-tokens")
    );
    visit.page.wait_for("the tokens", &is_split);
    let tokens = strip(&visit, "input-tokens");
    assert_eq!(
        tokens.concat().replace('·', " "),
        "The capital of France is"
    );
    assert!(
        visit
            .text("token-count")
            .starts_with(&tokens.len().to_string())
    );

    // A space at the end becomes a token that the visitor did not mean.
    visit.type_input("The capital of France is ");
    visit.page.wait_for_selector(&by_id("space-notice"));

    // Special tokens are explained, and can be left out.
    visit.choose("model", "demo-mt-tr-en");
    visit.type_input("O bir doktor.");
    visit
        .page
        .wait_for_selector(&format!("{} .special", by_id("input-tokens")));
    let special = texts(&visit, &format!("{} .special", by_id("input-tokens")));
    assert!(
        special[0].contains("</s>") && special[0].contains("end of the text"),
        "{special:?}"
    );
    visit.page.screenshot("tokens");
    visit.page.click(&by_id("input-tokens-special"));
    let is_gone = format!(
        "!document.querySelector(`{} .special`)",
        by_id("input-tokens")
    );
    visit.page.wait_for("no special tokens", &is_gone);
    visit.page.assert_no_console_errors();
}

#[test]
fn a_contrast_is_seen_and_paired_anew() {
    let Some(visit) = Visit::begin() else { return };
    visit.choose("model", "demo-mt-tr-en");
    visit.type_input("O bir doktor.");
    visit.run();
    // What the model wrote becomes the output to explain.
    visit.page.wait_for_selector(&by_id("take-written"));
    visit.page.click(&by_id("take-written"));
    visit.choose("attributed-fn", "contrast_prob_diff");
    let contrast = by_id("function-option-contrast_targets");
    visit.page.wait_for_selector(&contrast);
    visit.page.type_into(&contrast, "She is a doctor.");
    visit.page.press("Tab");
    let pairs = by_id("function-option-contrast_targets_alignments-pairs");
    visit.page.wait_for_selector(&format!("{pairs} li"));
    let differs = texts(&visit, &format!("{pairs} li.differs .token"));
    assert_eq!(differs.len(), 1, "{differs:?}");
    visit.page.screenshot("alignment");

    // By hand: the first token stands against another one.
    let first = format!("{pairs} li select");
    let chosen = format!(
        "(() => {{ const list = document.querySelector(`{first}`); list.value = '2';
          list.dispatchEvent(new Event('change', {{ bubbles: true }})); }})()"
    );
    visit.page.evaluate(&chosen);
    let way = by_id("function-option-contrast_targets_alignments");
    let is_by_hand = format!("document.querySelector(`{way}`).value === 'hand'");
    visit.page.wait_for("pairs made by hand", &is_by_hand);
    let is_kept = format!("document.querySelector(`{first}`).value === '2'");
    visit.page.wait_for("the new pair", &is_kept);
    visit.run();
    visit.unfold("same-run");
    let settings = visit.text("same-run");
    assert!(
        settings.contains("contrast_targets_alignments"),
        "{settings}"
    );
    visit.page.set_view(PHONE);
    visit.page.screenshot_of_all("alignment-phone");
    visit.page.set_view(View {
        is_dark: true,
        ..LAPTOP
    });
    visit.page.screenshot_of_all("alignment-dark");
    visit.page.assert_no_console_errors();
}
