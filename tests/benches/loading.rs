//! How long models of every shape and format take to load in a browser tab, and how much
//! memory: from a server with the Hub's layout, into an empty cache, then out of it.
//!
//! Needs the built site and the made models on a server; `cargo xtask bench --loading`
//! prepares both.

use std::env;
use std::ffi::OsStr;
use std::time::Duration;

use headless_chrome::{Browser, LaunchOptions};
use inseq_tests::stopwatch::Stopwatch;
use serde::Deserialize;

/// One model in a new worker: loaded, attributed, then loaded again by another worker.
/// Memory is that of the program, which never shrinks: so it is the most that was used.
const IN_WORKER: &str = "(async (address, isMarian) => {
    const start = () => new Promise((resolve, reject) => {
        const worker = new Worker('worker_loader.js', { type: 'module' });
        worker.onerror = error => reject(new Error(error.message));
        worker.onmessage = () => resolve(worker);
    });
    const ask = (worker, work) => new Promise((resolve, reject) => {
        worker.onerror = error => reject(new Error(error.message));
        worker.onmessage = ({ data: { event } }) => {
            if (event.type === 'failed') reject(new Error(event.message));
            if (['loaded', 'attributed', 'diagnosed', 'kept'].includes(event.type)) resolve(event);
        };
        worker.postMessage({ id: 1, device: 'cpu', work });
    });
    const timed = async (worker, work) => {
        const started = performance.now();
        await ask(worker, work);
        const { facts } = await ask(worker, { kind: 'diagnose' });
        const memory = facts.find(fact => fact.name === 'memory of the program').value;
        return { ms: performance.now() - started, megabytes: parseFloat(memory) };
    };
    const load = { kind: 'load', model: address };
    const attribute = {
        kind: 'attribute', model: address, input_text: 'George was ',
        generated_text: isMarian ? 'Bonjour le monde' : 'George was sick today. ',
        method: 'saliency', method_options: {}, attributed_fn: 'probability',
        attributed_fn_args: {}, step_scores: [], step_scores_args: {},
        attribute_target: isMarian, include_eos_baseline: false,
        attr_pos_start: null, attr_pos_end: null, fold: 'norm',
    };
    let worker = await start();
    const downloaded = await timed(worker, load);
    const attributed = await timed(worker, attribute);
    worker.terminate();
    worker = await start();
    const kept = await timed(worker, load);
    // Another model has the disk after this one.
    await ask(worker, { kind: 'forget', model: address });
    worker.terminate();
    return JSON.stringify({ downloaded, attributed, kept });
})";

#[derive(Deserialize)]
struct Measured {
    downloaded: Step,
    kept: Step,
    attributed: Step,
}

#[derive(Deserialize)]
struct Step {
    ms: f64,
    megabytes: f64,
}

fn main() {
    let stopwatch = Stopwatch::from_arguments();
    let variables = (
        env::var("INSEQ_SITE"),
        env::var("INSEQ_HUB"),
        env::var("INSEQ_LOADED_MODELS"),
        env::var_os("INSEQ_CHROMIUM"),
    );
    let (Ok(site), Ok(hub), Ok(models), Some(chromium)) = variables else {
        println!("SKIPPED: loading models: run it through cargo xtask bench --loading");
        return;
    };
    let browser = browser(&chromium);
    println!(
        "{:<34} {:>10} {:>10} {:>10} {:>11} {:>11} {:>11}",
        "", "download", "from disk", "saliency", "MB, loading", "MB, from", "MB, run"
    );
    for model in models.split_whitespace() {
        if !stopwatch.wants(model) {
            continue;
        }
        let tab = browser.new_tab().expect("Chromium opens a tab");
        tab.set_default_timeout(Duration::from_secs(1800));
        // A document of the site's host that does nothing itself.
        tab.navigate_to(&format!("{site}worker_loader.js"))
            .and_then(|tab| tab.wait_until_navigated())
            .expect("the site is served");
        let is_marian = model.starts_with("opus");
        let script = format!(
            "{IN_WORKER}({:?}, {is_marian})",
            format!("{hub}/local/{model}")
        );
        let line = match tab.evaluate(&script, true) {
            Ok(made) => {
                let text = made.value.expect("the script returns a text");
                let found: Measured = serde_json::from_str(text.as_str().unwrap()).unwrap();
                let secs = |step: &Step| format!("{:.2} s", step.ms / 1e3);
                format!(
                    "{:>10} {:>10} {:>10} {:>11.0} {:>11.0} {:>11.0}",
                    secs(&found.downloaded),
                    secs(&found.kept),
                    secs(&found.attributed),
                    found.downloaded.megabytes,
                    found.kept.megabytes,
                    found.attributed.megabytes
                )
            }
            Err(error) => format!("{error:#}"),
        };
        println!("{model:<34} {line}");
        let _ = tab.close(true);
    }
}

fn browser(chromium: &OsStr) -> Browser {
    let options = LaunchOptions::default_builder()
        .path(Some(chromium.into()))
        // Root, as in a container, cannot have the sandbox; the page is ours.
        .sandbox(false)
        .port(Some(0))
        .idle_browser_timeout(Duration::from_secs(1800))
        .build()
        .unwrap();
    Browser::new(options).expect("Chromium starts")
}
