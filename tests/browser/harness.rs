//! Does the harness do what a test believes it does: a click that misses would
//! make other tests fail for the wrong reason, an error not heard would let them
//! pass.

use std::time::Duration;

use crate::page::Page;
use crate::site::Site;
use crate::view::{LAPTOP, View};

/// A page of the test's own, on the site's host.
fn small_page(site: &Site, body: &str) -> Page {
    let page = Page::open(site, &format!("{}worker_loader.js", site.root), LAPTOP);
    page.wait_for("a document", "document.body");
    page.evaluate(&format!("document.body.innerHTML = {body:?}"));
    page
}

#[test]
fn clicks_keys_and_text_reach_the_page() {
    let Some(site) = Site::from_environment() else {
        return;
    };
    let page = small_page(
        &site,
        "<input id=field value=before><button id=go style='margin-top:200vh'>go</button><p id=out>",
    );
    page.evaluate(
        "(() => { const out = document.getElementById('out');
           const button = document.getElementById('go');
           const field = document.getElementById('field');
           button.onclick = event => out.innerText += event.isTrusted ? ' clicked' : ' faked';
           button.onmouseenter = () => out.innerText += ' hovered';
           field.onkeydown = event => out.innerText += ' ' + event.key; })()",
    );
    page.type_into("#field", "čaj & milk");
    assert_eq!(
        page.evaluate("document.getElementById('field').value"),
        "čaj & milk"
    );
    page.press("Enter");
    page.type_into("#field", "");
    assert_eq!(page.evaluate("document.getElementById('field').value"), "");
    page.hover("#go");
    page.click("#go");
    assert_eq!(page.text_of("#out").trim(), "Enter Delete hovered clicked");
}

#[test]
fn errors_of_the_page_are_heard() {
    let Some(site) = Site::from_environment() else {
        return;
    };
    let page = small_page(&site, "");
    page.assert_no_console_errors();
    page.evaluate("void console.error('from a script', 7)");
    page.evaluate("void setTimeout(() => { throw new Error('thrown late') })");
    page.evaluate("fetch('no-such-file').then(() => {})");
    page.evaluate("new Promise(done => setTimeout(done, 200))");
    let heard = page.console().errors().join("\n");
    for words in ["from a script 7", "thrown late", "404"] {
        assert!(heard.contains(words), "\"{words}\" was not heard:\n{heard}");
    }
    page.console().clear();
    page.assert_no_console_errors();
}

#[test]
fn a_page_has_the_size_and_colors_that_were_asked_for() {
    let Some(site) = Site::from_environment() else {
        return;
    };
    let page = small_page(&site, "");
    let seen = "[innerWidth, innerHeight, matchMedia('(prefers-color-scheme: dark)').matches]";
    assert_eq!(
        page.evaluate(seen),
        serde_json::json!([LAPTOP.width, LAPTOP.height, false])
    );
    page.set_view(View {
        width: 700,
        height: 640,
        is_dark: true,
    });
    assert_eq!(page.evaluate(seen), serde_json::json!([700, 640, true]));
    page.reload();
    assert_eq!(page.evaluate("document.body.innerHTML === ''"), false);
}

#[test]
#[should_panic(expected = "waited")]
fn a_wait_in_vain_fails() {
    let Some(site) = Site::from_environment() else {
        panic!("waited for nothing: there is no site");
    };
    let page = small_page(&site, "");
    page.wait_for_within(Duration::from_millis(100), "nothing", "false");
}
