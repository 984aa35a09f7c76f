//! Results of elsewhere are opened: files, texts, addresses; the engine is left asleep.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::thread;

use serde_json::Value;

use crate::page::Page;
use crate::site::Site;
use crate::view::{LAPTOP, PHONE};
use crate::visit::{Visit, by_id};

/// JavaScript: the worker was asked for.
pub(crate) const IS_ENGINE_THERE: &str =
    "performance.getEntriesByType('resource').some(it => it.name.includes('worker'))";

/// A result that Inseq itself saved.
pub(crate) fn golden(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/cases");
    std::fs::read_to_string(folder.join(format!("{name}.inseq.json"))).unwrap()
}

/// A server of another origin that answers everything so; its address.
pub(crate) fn server(status: &'static str, headers: &'static str, body: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/a.json", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut stream = stream;
            let mut request = [0; 4096];
            let _ = stream.read(&mut request);
            let head = format!(
                "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n",
                body.len()
            );
            let _ = stream.write_all(head.as_bytes());
            let _ = stream.write_all(body.as_bytes());
        }
    });
    address
}

/// The page, asked to open the result at an address.
pub(crate) fn opened(site: &Site, address: &str) -> Visit {
    let page = Page::open(site, &format!("{}?result={address}", site.root), LAPTOP);
    page.wait_for_selector(&by_id("origin"));
    Visit { page }
}

#[test]
fn a_result_at_an_address_is_shown_without_the_engine() {
    let Some(site) = Site::from_environment() else {
        return;
    };
    let open_to_all = "Access-Control-Allow-Origin: *\r\n";
    let address = server("200 OK", open_to_all, golden("marian-saliency"));
    let visit = opened(&site, &address);
    visit.page.wait_for_text("Opened result");
    assert!(visit.text("heatmap").contains("Source"));
    assert!(visit.text("run-note").contains("not loaded yet"));
    assert_eq!(visit.page.evaluate(IS_ENGINE_THERE), false);
    visit.page.screenshot_of_all("viewer");
    visit.page.set_view(PHONE);
    visit.page.screenshot_of_all("viewer-phone");
    // Whoever turns to the form has it.
    visit
        .page
        .evaluate("document.querySelector('#input-text').focus()");
    visit.wait_for_engine();
    visit.page.assert_no_console_errors();
}

#[test]
fn what_cannot_be_fetched_or_read_is_said_in_words() {
    let Some(site) = Site::from_environment() else {
        return;
    };
    let open_to_all = "Access-Control-Allow-Origin: *\r\n";
    for (address, words) in [
        (server("404 Not Found", open_to_all, String::new()), "404"),
        (server("200 OK", "", golden("marian-saliency")), "CORS"),
        (
            server("200 OK", open_to_all, "<html>".to_owned()),
            "no result of Inseq",
        ),
        ("javascript:alert(1)".to_owned(), "could not be fetched"),
    ] {
        let visit = opened(&site, &address);
        visit.page.wait_for_selector(&by_id("opening-failed"));
        let said = visit.text("opening-failed");
        assert!(said.contains(words), "{said}");
        assert_eq!(visit.text("origin"), "Stored example");
    }
}

/// JavaScript: gives a file to the page, by its field or by dropping it anywhere.
fn give(visit: &Visit, name: &str, text: &str, is_dropped: bool) {
    visit.page.evaluate(&format!(
        "(() => {{
           const transfer = new DataTransfer();
           transfer.items.add(new File([{}], {}));
           if ({is_dropped}) {{
             document.querySelector('main').dispatchEvent(new DragEvent('drop',
               {{ dataTransfer: transfer, bubbles: true, cancelable: true }}));
             return;
           }}
           const field = document.querySelector('[data-testid=result-file]');
           field.files = transfer.files;
           field.dispatchEvent(new Event('change', {{ bubbles: true }}));
         }})()",
        Value::from(text),
        Value::from(name)
    ));
}

#[test]
fn of_two_results_the_later_one_stays() {
    let Some(visit) = Visit::begin() else { return };
    visit.page.evaluate(
        "(() => {
           const read = File.prototype.arrayBuffer;
           const released = new Promise(resolve => { window.release = resolve; });
           File.prototype.arrayBuffer = function () {
             const isSlow = this.name === 'slow.json';
             return isSlow ? released.then(() => read.call(this)) : read.call(this);
           };
         })()",
    );
    give(&visit, "slow.json", &golden("gpt2-saliency"), false);
    give(&visit, "quick.json", &golden("marian-saliency"), true);
    visit.page.wait_for_text("From quick.json");
    // Long enough to read the other, too.
    visit
        .page
        .evaluate("release(), new Promise(resolve => setTimeout(resolve, 1000))");
    assert!(visit.text("heatmap").contains("Source"));
    visit.page.wait_for_text("From quick.json");
    visit.page.assert_no_console_errors();
}

#[test]
fn files_and_texts_are_opened() {
    let Some(visit) = Visit::begin() else { return };
    give(&visit, "chosen.json", &golden("gpt2-saliency"), false);
    visit.page.wait_for_text("From chosen.json");
    give(&visit, "dropped.json", &golden("marian-saliency"), true);
    visit.page.wait_for_text("From dropped.json");
    assert!(visit.text("heatmap").contains("Source"));
    give(&visit, "broken.json", "{", true);
    visit.page.wait_for_selector(&by_id("opening-failed"));
    assert!(visit.text("opening-failed").contains("no result of Inseq"));
    visit.page.wait_for_text("From dropped.json");

    visit.unfold("open-result");
    let text = Value::from(golden("gpt2-saliency"));
    visit.page.evaluate(&format!(
        "(() => {{ const field = document.querySelector('[data-testid=result-text]');
           field.value = {text};
           field.dispatchEvent(new Event('input', {{ bubbles: true }})); }})()"
    ));
    visit.click("open-text");
    visit.page.wait_for_text("From pasted text");
    visit.page.assert_no_console_errors();
}

#[test]
fn each_text_of_a_file_is_chosen() {
    let Some(visit) = Visit::begin() else { return };
    let mut file: Value = serde_json::from_str(&golden("gpt2-saliency")).unwrap();
    let sequences = file["attributes"]["sequence_attributions"]
        .as_array_mut()
        .unwrap();
    let mut second = sequences[0].clone();
    let tokens = second["attributes"]["target"].as_array_mut().unwrap();
    for token in tokens {
        token["attributes"]["token"] = "Ġagain".into();
    }
    sequences.push(second);
    give(&visit, "two.json", &file.to_string(), false);
    visit.page.wait_for_selector(&by_id("text-choice"));
    assert!(!visit.text("heatmap").contains("again"));
    visit.choose("text-choice", "1");
    visit.page.wait_for(
        "the second text",
        "document.querySelector('[data-testid=heatmap]').innerText.includes('again')",
    );
    visit.page.assert_no_console_errors();
}

#[test]
fn contexts_are_opened_as_contexts() {
    let Some(visit) = Visit::begin() else { return };
    let file = serde_json::json!({
        "input_context": "George was sick.",
        "input_context_tokens": ["George", "Ġwas", "Ġsick", "."],
        "output_context": null, "output_context_tokens": null,
        "output_current": "hospital", "output_current_tokens": ["hospital"],
        "cti_scores": [2.5],
        "cci_scores": [{
            "cti_idx": 0, "cti_token": "Ġhospital", "cti_score": 2.5,
            "contextual_output": "to the hospital", "contextless_output": "to the office",
            "input_context_scores": [0.1, 0.2, 0.9, 0.3], "output_context_scores": null,
            "contrast_token": "Ġoffice"
        }]
    });
    give(&visit, "contexts.json", &file.to_string(), true);
    visit.page.wait_for_selector(&by_id("context-list"));
    assert_eq!(
        visit.page.text_of("#result-title"),
        "What hangs on the context?"
    );
    assert_eq!(visit.text("download-json"), "Download context JSON");
    assert!(!visit.page.text_of(".downloads").contains("opens in Inseq"));
    visit.page.assert_no_console_errors();
}
