//! A run goes through a link to another browser, its result with it.

use crate::page::Page;
use crate::site::Site;
use crate::view::{LAPTOP, PHONE};
use crate::visit::{Visit, by_id};

/// The clipboard of a browser without windows, in `copied`.
pub(crate) const CLIPBOARD: &str = "navigator.clipboard.writeText = text => {
    window.copied = text;
    return Promise.resolve();
  }";

pub(crate) fn copied(visit: &Visit, button: &str) -> String {
    visit.page.evaluate("window.copied = ''");
    // What is folded away is clicked by the script, too.
    let click = format!("document.querySelector('{}').click()", by_id(button));
    visit.page.evaluate(&click);
    visit.page.wait_for("what was copied", "window.copied");
    let copied = visit.page.evaluate("window.copied");
    copied.as_str().unwrap().to_owned()
}

/// The page at a link, in a browser that was not there before.
fn opened(site: &Site, link: &str) -> Visit {
    let page = Page::open(site, link, LAPTOP);
    page.wait_for_selector(&by_id("origin"));
    Visit { page }
}

#[test]
fn a_link_holds_the_run_and_its_result() {
    let Some(site) = Site::from_environment() else {
        return;
    };
    let Some(visit) = Visit::begin_with_script(CLIPBOARD) else {
        return;
    };
    visit.choose("model", "demo-mt-en-fr");
    visit.choose("method", "input_x_gradient");
    visit.type_input("The queen is tired. 'It' \"is\" <b>late</b>.");
    visit.click("step-score-entropy");
    visit.run();
    let tokens = visit.output_tokens();
    let cause = visit.main_cause_of(0);
    let link = copied(&visit, "copy-link");
    let words = visit.text("link-words");
    assert!(
        words.contains(&format!("{} characters", link.len())),
        "{words}"
    );
    assert!(words.contains("and this result"), "{words}");
    assert!(
        link.starts_with(&format!("{}#inseq1=", site.root)),
        "{link}"
    );
    assert!(link.len() < 6000, "{}", link.len());
    visit.page.assert_no_console_errors();

    let other = opened(&site, &link);
    other.page.wait_for_text("Stored result");
    assert_eq!(other.output_tokens(), tokens);
    assert_eq!(other.main_cause_of(0), cause);
    let is_engine_there =
        "performance.getEntriesByType('resource').some(it => it.name.includes('worker'))";
    assert_eq!(other.page.evaluate(is_engine_there), false);
    assert_eq!(
        other
            .page
            .evaluate("document.querySelector('#input-text').value"),
        "The queen is tired. 'It' \"is\" <b>late</b>."
    );
    other.page.screenshot_of_all("share");
    other.page.set_view(PHONE);
    other.page.screenshot_of_all("share-phone");
    other.page.set_view(LAPTOP);
    other.click("compute-anew");
    other.page.wait_for_text("Your result");
    assert_eq!(other.main_cause_of(0), cause);
    assert!(other.text("settings").contains("input_x_gradient"));
    // The address no longer asks for what is no longer there.
    assert_eq!(other.page.evaluate("location.hash"), "");
    other.page.assert_no_console_errors();
}

#[test]
fn a_broken_link_leaves_the_page_as_it_is() {
    let Some(site) = Site::from_environment() else {
        return;
    };
    for (fragment, words) in [
        ("inseq1=AAAA", "broken"),
        ("inseq1=%3Cscript%3E", "broken"),
        ("inseq99=AAAA", "version 99"),
    ] {
        let page = Page::open(&site, &format!("{}#{fragment}", site.root), LAPTOP);
        page.wait_for_selector(&by_id("opening-failed"));
        let visit = Visit { page };
        let said = visit.text("opening-failed");
        assert!(said.contains(words), "{said}");
        assert_eq!(visit.text("origin"), "Stored example");
        visit.wait_for_engine();
        visit.page.assert_no_console_errors();
    }
}

#[test]
fn a_run_is_written_in_python_and_for_a_shell() {
    let Some(visit) = Visit::begin_with_script(CLIPBOARD) else {
        return;
    };
    visit.type_input("It's \"$HOME\"; \\ `x`");
    visit.run();
    let python = copied(&visit, "copy-python");
    assert!(
        python.contains(r#"input_texts="It's \"$HOME\"; \\ `x`","#),
        "{python}"
    );
    let command = copied(&visit, "copy-command");
    assert!(
        command.contains(r#"--input_texts='It'\''s "$HOME"; \ `x`'"#),
        "{command}"
    );
    visit.page.assert_no_console_errors();
}
