//! Earlier runs are kept across reloads, and deleted.

use crate::visit::{Visit, by_id};

fn n_kept(visit: &Visit) -> u64 {
    let count = format!("document.querySelectorAll('{}').length", by_id("open-kept"));
    visit.page.evaluate(&count).as_u64().unwrap()
}

#[test]
fn runs_are_kept_opened_and_deleted() {
    let Some(visit) = Visit::begin() else { return };
    visit.type_input("The capital of France is");
    visit.run();
    let first = visit.output_tokens();
    visit.type_input("The nurse said that");
    visit.run();
    assert_eq!(n_kept(&visit), 2);
    // The same once more is the same.
    visit.run();
    assert_eq!(n_kept(&visit), 2);

    visit.page.reload();
    visit.wait_for_engine();
    assert_eq!(n_kept(&visit), 2);
    visit.unfold("history");
    visit.page.screenshot_of_all("history");
    visit.page.evaluate(&format!(
        "document.querySelectorAll('{}')[1].click()",
        by_id("open-kept")
    ));
    visit
        .page
        .wait_for_text("Of an earlier run in this browser.");
    assert_eq!(visit.output_tokens(), first);
    assert_eq!(
        visit
            .page
            .evaluate("document.querySelector('#input-text').value"),
        "The capital of France is"
    );
    visit.click("delete-kept");
    visit.page.wait_for(
        "one run less",
        &format!(
            "document.querySelectorAll('{}').length === 1",
            by_id("open-kept")
        ),
    );
    visit.click("delete-all-kept");
    visit.page.wait_for(
        "no run",
        &format!("!document.querySelector('{}')", by_id("open-kept")),
    );
    visit.page.reload();
    visit.wait_for_engine();
    assert_eq!(n_kept(&visit), 0);
    visit.page.assert_no_console_errors();
}

#[test]
fn where_nothing_can_be_kept_runs_last_as_long_as_the_page() {
    let full = "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }";
    let Some(visit) = Visit::begin_with_script(full) else {
        return;
    };
    visit.run();
    assert_eq!(n_kept(&visit), 1);
    visit.unfold("history");
    assert!(
        visit
            .text("history-words")
            .contains("gone when the page is closed")
    );
    visit.page.assert_no_console_errors();
}
