//! What hangs on a context, asked and shown in the page, on both families.

use crate::view::PHONE;
use crate::visit::{Visit, by_id};

/// Asks what hangs on a context; the words that do, as the page lists them.
fn cues(visit: &Visit, context: &str, input: &str) -> Vec<String> {
    visit.type_input(input);
    visit.unfold("context");
    visit.page.type_into(&by_id("context-text"), context);
    visit.run();
    let cues = visit.page.evaluate(&format!(
        "[...document.querySelectorAll('{}')].map(cue => cue.textContent)",
        by_id("context-cue")
    ));
    let cues = cues.as_array().unwrap().iter();
    cues.map(|cue| cue.as_str().unwrap().to_owned()).collect()
}

#[test]
fn what_hangs_on_a_context_is_found_and_its_words_are_tinted() {
    let Some(visit) = Visit::begin() else { return };
    let found = cues(
        &visit,
        "George was sick yesterday.",
        "His colleagues asked him to come to the",
    );
    assert!(
        found.iter().any(|cue| cue.contains("hospital")),
        "{found:?}"
    );
    assert_eq!(
        visit.page.text_of("#result-title"),
        "What hangs on the context?"
    );
    let tokens = visit.text("source-tokens");
    assert!(tokens.contains("sick"), "{tokens}");
    let is_tinted =
        "[...document.querySelectorAll('[data-testid=source-tokens] [data-level]')].length > 0";
    assert_eq!(visit.page.evaluate(is_tinted), true);
    let highlights = visit.text("context-highlights");
    assert!(highlights.contains("stand"), "{highlights}");
    visit.page.screenshot_of_all("contexts");
    visit.page.set_view(PHONE);
    visit.page.screenshot_of_all("contexts-phone");

    // Without a context the old question is asked again.
    visit.page.type_into(&by_id("context-text"), "");
    visit.run();
    assert_eq!(visit.page.text_of("#result-title"), "Why these words?");
    visit.page.assert_no_console_errors();
}

#[test]
fn contexts_of_translations_are_found_too() {
    let Some(visit) = Visit::begin() else { return };
    visit.choose("model", "demo-mt-tr-en");
    let found = cues(&visit, "Ayşe bir doktor.", "O çok yorgun.");
    assert!(!found.is_empty());
    assert!(visit.text("context-list").contains("The model wrote"));
    visit.page.screenshot("contexts-marian");
    visit.page.assert_no_console_errors();
}
