//! The page starts, wherever it is put.

use crate::page::Page;
use crate::site::Site;
use crate::view::LAPTOP;

/// The loading message is gone and the program has drawn the page.
const BOOTED: &str = "!document.getElementById('boot') && document.querySelector('main')";
/// The same, seen from the document around a frame.
const FRAME_BOOTED: &str = "(() => {
    const inner = document.querySelector('iframe').contentDocument;
    return !inner.getElementById('boot') && inner.querySelector('main');
})()";

fn boots_at(address_of: impl Fn(&Site) -> String, picture: &str) {
    let Some(site) = Site::from_environment() else {
        return;
    };
    let page = Page::open(&site, &address_of(&site), LAPTOP);
    page.wait_for("the page", BOOTED);
    page.screenshot(picture);
    page.assert_no_console_errors();
}

#[test]
fn the_page_starts_at_the_root_of_a_host() {
    boots_at(|site| site.root.clone(), "boot-root");
}

#[test]
fn the_page_starts_under_a_prefix() {
    boots_at(|site| site.under_prefix.clone(), "boot-prefix");
}

#[test]
fn the_page_starts_in_a_frame() {
    let Some(site) = Site::from_environment() else {
        return;
    };
    // A document without a policy of its own, on the frame's host, so that the
    // test may look inside.
    let page = Page::open(
        &site,
        &format!("{}worker_loader.js", site.under_prefix),
        LAPTOP,
    );
    page.wait_for("the outer document", "document.body");
    page.evaluate(
        "(() => { const frame = document.createElement('iframe');
           frame.src = './'; frame.width = 900; frame.height = 600;
           document.body.replaceChildren(frame); })()",
    );
    page.wait_for("the framed page", FRAME_BOOTED);
    page.screenshot("boot-frame");
    page.assert_no_console_errors();
}

#[test]
fn the_page_works_in_a_frame_of_another_origin_under_a_prefix() {
    let Some(site) = Site::from_environment() else {
        return;
    };
    // Another port is another origin: the document around cannot look inside.
    let page = Page::open(&site, &format!("{}worker_loader.js", site.root), LAPTOP);
    page.wait_for("the outer document", "document.body");
    page.evaluate(&format!(
        "(() => {{ const frame = document.createElement('iframe');
           frame.src = {}; frame.width = 1200; frame.height = 700;
           document.body.replaceChildren(frame); }})()",
        serde_json::Value::from(site.under_prefix.as_str())
    ));
    page.wait_for(
        "a frame that keeps to itself",
        "document.querySelector('iframe').contentDocument === null",
    );
    let run = "document.querySelector('[data-testid=run]')";
    page.wait_in_frame_for("the engine", &format!("{run}?.disabled === false"));
    page.evaluate_in_frame(&format!("{run}.click()"));
    page.wait_in_frame_for(
        "a result",
        "document.querySelector('[data-testid=origin]').innerText === 'Your result'",
    );
    page.screenshot("boot-frame-of-another-origin");
    page.assert_no_console_errors();
}

#[test]
fn nothing_is_downloaded_twice_or_from_elsewhere() {
    let Some(site) = Site::from_environment() else {
        return;
    };
    let page = Page::open(&site, &site.root, LAPTOP);
    page.wait_for("the page", BOOTED);
    let downloads =
        page.evaluate("performance.getEntriesByType('resource').map(entry => entry.name).sort()");
    let mut names: Vec<&str> = downloads
        .as_array()
        .unwrap()
        .iter()
        .map(|name| name.as_str().unwrap())
        .collect();
    assert!(
        names.len() >= 3,
        "a style, a script and a program at least: {names:?}"
    );
    assert!(
        names.iter().all(|name| name.starts_with(&site.root)),
        "{names:?}"
    );
    let n_downloads = names.len();
    names.dedup();
    assert_eq!(names.len(), n_downloads, "downloaded twice: {downloads}");
}

#[test]
fn a_page_that_cannot_start_says_so() {
    let Some(site) = Site::from_environment() else {
        return;
    };
    let page = Page::open(&site, "about:blank", LAPTOP);
    // As in a browser without WebAssembly.
    page.run_before_every_document(
        "WebAssembly.instantiateStreaming = undefined;
         WebAssembly.instantiate = () => { throw new Error('no WebAssembly here'); };",
    );
    page.go_to(&site.root);
    page.wait_for_text("could not start");
    page.wait_for_text("no WebAssembly here");
    assert_eq!(
        page.evaluate("document.getElementById('boot').role"),
        "alert"
    );
}
