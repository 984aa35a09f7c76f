//! The live element in somebody's page: nothing runs before a click; then a reader changes
//! the text, runs, waits or cancels, by mouse and keyboard, under a strict policy.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::other_host::{CAREFUL_WITH_ENGINE, FOR_ALL, OtherHost};
use crate::package_pages::{files_in, open, page_with};
use crate::page::Page;
use crate::site::Site;
use crate::view::{LAPTOP, PHONE, View};

/// Two elements of a page, one with colors of the page's; `page.js` puts a third into a
/// shadow root.
const ELEMENTS: &str = "<main>
    <inseq-playground id=one model=demo-gpt2 prompt='The capital of France is'
      device=cpu></inseq-playground>
    <inseq-playground id=two model=demo-gpt2 prompt='Marie was born in Paris. She speaks'
      output='' method=integrated_gradients view=text device=cpu></inseq-playground>
    <div id=outer></div></main>";
const SCRIPT: &str = "import 'PLAYGROUND';
    const three = document.createElement('inseq-playground');
    for (const [name, value] of Object.entries({ model: 'demo-gpt2', device: 'cpu',
      prompt: 'The nurse said that', src: 'example.inseq.json', theme: 'dark' })) {
      three.setAttribute(name, value);
    }
    document.getElementById('outer').attachShadow({ mode: 'open' }).append(three);
    window.three = three;
    window.inside = (it, selector) => it.shadowRoot.querySelector(selector);
    window.press = (it, selector) => inside(it, selector).click();
    window.said = it => inside(it, '.status').textContent;
    window.drawing = it => inside(it, 'inseq-heatmap')?.shadowRoot;
    // The end of the run that goes on or is about to.
    window.end = it => new Promise(done => {
      it.addEventListener('load', () => done('load'), { once: true });
      it.addEventListener('error', () => done(inside(it, '.failure').textContent), { once: true });
    });";
const STYLE: &str = "body { margin: 0 } #one { --heat-10: rgb(1, 2, 3); }";

/// The site's files that a playground needs, as they are in `dist/`.
fn site_files() -> BTreeMap<String, Vec<u8>> {
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("../dist");
    let mut files = BTreeMap::new();
    for name in [
        "inseq-playground.js",
        "inseq-heatmap.js",
        "inseq-worker.js",
        "programs.js",
        "worker.js",
        "worker_bg.wasm",
        "worker_relaxed_simd.js",
        "worker_relaxed_simd_bg.wasm",
    ] {
        files.insert(name.to_owned(), fs::read(dist.join(name)).unwrap());
    }
    let models = files_in(&dist.join("models")).into_iter();
    files.extend(models.map(|(name, bytes)| (format!("models/{name}"), bytes)));
    files
}

fn with_page(mut files: BTreeMap<String, Vec<u8>>, script: &str) -> BTreeMap<String, Vec<u8>> {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../web/assets/example.inseq.json");
    files.insert("index.html".to_owned(), page_with(ELEMENTS).into());
    files.insert("page.css".to_owned(), STYLE.into());
    files.insert("page.js".to_owned(), script.into());
    files.insert("example.inseq.json".to_owned(), fs::read(example).unwrap());
    files
}

/// The page on a host of its own with all that it needs; `None` after saying that the test
/// is skipped.
fn begin(view: View) -> Option<Page> {
    let site = Site::from_environment()?;
    let script = SCRIPT.replace("PLAYGROUND", "./inseq-playground.js");
    let files = with_page(site_files(), &script);
    Some(open(&site, view, files, CAREFUL_WITH_ENGINE, "window.end"))
}

/// Runs an element by its button and waits for the end.
fn run(page: &Page, element: &str) -> Value {
    page.evaluate(&format!(
        "(() => {{ const over = end({element}); press({element}, '.run'); return over; }})()"
    ))
}

/// The text that an element's drawing shows.
fn drawn(page: &Page, element: &str) -> String {
    // It draws once it is near the window.
    page.evaluate(&format!("{element}.scrollIntoView()"));
    let title = format!("drawing({element})?.querySelector('h2')");
    page.wait_for("the drawing", &title);
    let words = page.evaluate(&format!(
        "drawing({element}).querySelector('h2').textContent"
    ));
    words.as_str().unwrap().to_owned()
}

#[test]
fn the_engine_comes_with_the_first_click_and_is_shared() {
    let Some(page) = begin(LAPTOP) else { return };
    page.wait_for(
        "the stored result",
        "drawing(three)?.querySelector('article')",
    );
    assert_eq!(page.evaluate("nWorkers"), 0);
    let requested = "performance.getEntriesByType('resource')
        .filter(it => /worker|wasm|models/.test(it.name)).length";
    assert_eq!(page.evaluate(requested), 0);
    assert_eq!(
        page.evaluate("inside(one, 'textarea').value"),
        "The capital of France is"
    );
    let offer = page.evaluate("said(one)");
    assert!(offer.as_str().unwrap().contains("demo-gpt2"), "{offer}");
    // One field for the output where its author asked for one.
    let fields =
        "[...it.shadowRoot.querySelectorAll('textarea')].filter(it => it.checkVisibility())
        .length";
    assert_eq!(page.evaluate(&fields.replace("it.s", "one.s")), 1);
    assert_eq!(page.evaluate(&fields.replace("it.s", "two.s")), 2);
    page.screenshot("playground-before");

    assert_eq!(run(&page, "one"), "load");
    assert!(
        drawn(&page, "one").contains("Paris"),
        "{}",
        drawn(&page, "one")
    );
    let status = page.evaluate("said(one)");
    let status = status.as_str().unwrap();
    assert!(status.starts_with("Done. strongest: “France”"), "{status}");
    let methods = "[...inside(one, 'select').options].map(it => it.value)";
    let methods = page.evaluate(methods);
    assert!(
        methods
            .as_array()
            .unwrap()
            .contains(&json!("value_zeroing"))
    );

    assert_eq!(run(&page, "two"), "load");
    assert!(
        drawn(&page, "two").contains("French"),
        "{}",
        drawn(&page, "two")
    );
    assert_eq!(run(&page, "three"), "load");
    assert!(drawn(&page, "three").starts_with("The nurse said that"));
    assert_eq!(page.evaluate("nWorkers"), 1, "elements share a worker");
    // The page's colors reach the drawing, and so do those of the theme.
    let color =
        "getComputedStyle(drawing(one).querySelector('[data-level=\"10\"]')).backgroundColor";
    assert_eq!(page.evaluate(color), "rgb(1, 2, 3)");
    let paper = "getComputedStyle(drawing(three).host).backgroundColor";
    assert_eq!(page.evaluate(paper), "rgb(22, 23, 25)");
    page.screenshot_of_all("playground");
    assert_eq!(page.evaluate("heard"), json!([]));
    page.assert_no_console_errors();
}

#[test]
fn a_reader_changes_text_and_method_by_keyboard() {
    let Some(page) = begin(PHONE) else { return };
    page.press("Tab");
    let focused = "one.shadowRoot.activeElement?.localName";
    assert_eq!(page.evaluate(focused), "textarea");
    page.evaluate("inside(one, 'textarea').select()");
    page.evaluate("window.over = end(one), null");
    for key in "Paul".chars() {
        page.press(&key.to_string());
    }
    page.press("Tab");
    assert_eq!(page.evaluate(focused), "select");
    page.press("Tab");
    page.press("Enter");
    assert_eq!(page.evaluate("over"), "load");
    assert!(
        drawn(&page, "one").starts_with("Paul"),
        "{}",
        drawn(&page, "one")
    );
    // The button that was pressed has kept the focus.
    assert_eq!(
        page.evaluate("one.shadowRoot.activeElement.className"),
        "run"
    );
    page.evaluate("inside(one, 'select').focus(), null");
    page.press("End");
    page.evaluate("window.over = end(one), press(one, '.run'), null");
    assert_eq!(page.evaluate("over"), "load");
    let chosen = page.evaluate("inside(one, 'select').value");
    assert_eq!(page.evaluate("one.result.info.attribution_method"), chosen);
    assert_ne!(chosen, "saliency");
    let width = page.evaluate("document.documentElement.scrollWidth");
    assert_eq!(width, PHONE.width, "the page scrolls sideways");
    page.screenshot_of_all("playground-phone");
    page.assert_no_console_errors();
}

#[test]
fn a_run_is_cancelled_and_the_others_go_on() {
    let Some(page) = begin(LAPTOP) else { return };
    assert_eq!(run(&page, "one"), "load");
    page.evaluate(
        "one.setAttribute('method', 'discretized_integrated_gradients');
         one.setAttribute('prompt', 'George was sick yesterday. '.repeat(6));
         press(one, '.run');
         window.over = end(two);
         press(two, '.run'); null",
    );
    page.wait_for("a run that goes on", "inside(one, 'progress').value > 0");
    assert_eq!(page.evaluate("inside(one, '.run').ariaDisabled"), "true");
    page.evaluate("one.cancel(), null");
    page.wait_for("the end", "said(one) === 'Cancelled'");
    assert_eq!(page.evaluate("over"), "load");
    assert_eq!(page.evaluate("nWorkers"), 2, "one was ended, one goes on");

    // What goes wrong is said where it happened, and does no other element harm.
    page.evaluate("one.setAttribute('prompt', ' '), null");
    let failed = "(() => { const over = new Promise(done => one.addEventListener('error', done));
        press(one, '.run'); return over.then(() => inside(one, '[role=alert]').textContent); })()";
    let words = page.evaluate(failed);
    assert!(words.as_str().unwrap().contains("is empty"), "{words}");
    page.evaluate("one.setAttribute('prompt', 'The nurse said that'), null");
    assert_eq!(run(&page, "one"), "load");
    assert_eq!(
        page.evaluate("inside(one, '[role=alert]').checkVisibility()"),
        false
    );
    page.assert_no_console_errors();
}

#[test]
fn a_page_of_another_origin_may_have_it() {
    let Some(site) = Site::from_environment() else {
        return;
    };
    let elsewhere = OtherHost::serve_with(site_files(), FOR_ALL);
    let address = format!("{}inseq-playground.js", elsewhere.address);
    let files = with_page(BTreeMap::new(), &SCRIPT.replace("PLAYGROUND", &address));
    let page = open(&site, LAPTOP, files, "", "window.end");
    assert_eq!(run(&page, "one"), "load");
    assert!(
        drawn(&page, "one").contains("Paris"),
        "{}",
        drawn(&page, "one")
    );
    page.assert_no_console_errors();
}
