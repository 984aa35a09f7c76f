//! The page in a frame of somebody else's: it says how high it is, and starts no engine.

use crate::page::Page;
use crate::share::{CLIPBOARD, copied};
use crate::site::Site;
use crate::view::{LAPTOP, PHONE};
use crate::viewer::{IS_ENGINE_THERE, server};
use crate::visit::{Visit, by_id};

#[test]
fn a_framed_result_gets_the_height_that_it_needs() {
    let Some(site) = Site::from_environment() else {
        return;
    };
    let Some(visit) = Visit::begin_with_script(CLIPBOARD) else {
        return;
    };
    visit.type_input("The capital of France is");
    visit.run();
    let code = copied(&visit, "copy-page");
    visit.page.assert_no_console_errors();

    // Pasted into a post as it was copied, at another origin.
    let post = format!(
        "<!doctype html><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>A post</title><p>A post with a result.</p>{code}"
    );
    let address = server("200 OK", "Content-Type: text/html; charset=utf-8\r\n", post);
    let page = Page::open(&site, &address, LAPTOP);
    let height = "Number(document.querySelector('iframe').height)";
    page.wait_for("the height of the result", &format!("{height} !== 640"));
    page.screenshot_of_all("framed");
    let wide = page.evaluate(height);
    page.set_view(PHONE);
    page.wait_for("another height on a phone", &format!("{height} !== {wide}"));
    page.screenshot_of_all("framed-phone");
    page.assert_no_console_errors();
}

#[test]
fn a_frame_shows_the_result_alone_and_leads_to_the_page() {
    let Some(site) = Site::from_environment() else {
        return;
    };
    let page = Page::open(&site, &format!("{}?embed=1", site.root), LAPTOP);
    page.wait_for_selector(&by_id("framed"));
    page.wait_for_selector(&by_id("heatmap"));
    assert_eq!(
        page.evaluate("document.querySelector('form') === null"),
        true
    );
    assert_eq!(page.evaluate(IS_ENGINE_THERE), false);
    let link = page.evaluate("document.querySelector('[data-testid=open-whole]').href");
    assert!(link.as_str().unwrap().contains("#inseq1="), "{link}");
    page.assert_no_console_errors();

    // What cannot be read is told, and no other result shown in its place.
    let page = Page::open(&site, &format!("{}?embed=1#inseq1=AAAA", site.root), LAPTOP);
    page.wait_for_text("broken");
    assert_eq!(
        page.evaluate("document.querySelector('table') === null"),
        true
    );
}
