//! The same requests natively and in a browser tab: GPT-2's 124M shape, 11 given and
//! 12 attributed tokens, through the same engine.
//!
//! Needs the built site with the made models beside it; `cargo xtask bench` prepares
//! both.

use std::env;
use std::ffi::OsStr;
use std::time::{Duration, Instant};

use engine::{Engine, World};
use futures::executor::block_on;
use headless_chrome::{Browser, LaunchOptions};
use hub::LocalFolder;
use inseq_tests::bench_models::made_models;
use inseq_tests::only_cpu::OnlyCpu;
use inseq_tests::stopwatch::{Stopwatch, in_units};
use inseq_tests::tiny_models::bundled_models;
use protocol::{AttributeRequest, DeviceChoice, Event, OptionValue, Request, Work};

const PROMPT: &str = "George was ";
const OUTPUT: &str = "George was sick today. ";
const N_RUNS: usize = 5;

fn main() {
    let stopwatch = Stopwatch::from_arguments();
    let (Ok(site), Some(chromium)) = (env::var("INSEQ_SITE"), env::var_os("INSEQ_CHROMIUM")) else {
        println!("SKIPPED: native and browser side by side: run it through cargo xtask bench");
        return;
    };
    let (model, n_runs) = if stopwatch.is_measuring() {
        ("gpt2", N_RUNS)
    } else {
        ("demo-gpt2", 1)
    };
    let works = works(model);
    let requests: Vec<&Work> = works.iter().map(|(_, work)| work).collect();
    let native = native(&requests, n_runs);
    let in_browser = in_browser(&site, &chromium, &requests, n_runs);
    println!(
        "{:<40} {:>10} {:>10} {:>7}",
        "", "native", "browser", "ratio"
    );
    for (((name, _), native), browser) in works.iter().zip(native).zip(in_browser) {
        println!(
            "{name:<40} {:>10} {:>10} {:>7.1}",
            in_units(native),
            in_units(browser),
            browser.as_secs_f64() / native.as_secs_f64()
        );
    }
}

/// What is asked, under the name in the table.
fn works(model: &str) -> Vec<(&'static str, Work)> {
    let attribute = |method: &str, n_points: Option<i64>| {
        let mut request = AttributeRequest::new(model, PROMPT);
        request.generated_text = Some(OUTPUT.to_owned());
        request.method = method.to_owned();
        if let Some(n) = n_points {
            let n = OptionValue::Integer(n);
            request.method_options.insert("n_steps".to_owned(), n);
        }
        Work::Attribute(request)
    };
    vec![
        ("forward (attention)", attribute("attention", None)),
        ("saliency", attribute("saliency", None)),
        (
            "integrated gradients, 20 points",
            attribute("integrated_gradients", Some(20)),
        ),
    ]
}

/// The shortest time of each request, the model being loaded.
fn native(works: &[&Work], n_runs: usize) -> Vec<Duration> {
    let mut engine = Engine::new(World {
        source: Box::new(LocalFolder::new(vec![made_models(), bundled_models()])),
        devices: Box::new(OnlyCpu),
        clock_secs: || 0.0,
        memory_bytes: None,
    });
    let mut carry_out = |work: &Work| {
        let request = Request {
            id: 1,
            device: DeviceChoice::Cpu,
            work: work.clone(),
        };
        let mut last = None;
        let started = Instant::now();
        block_on(engine.carry_out(&request, &mut |event| last = Some(event)));
        let taken = started.elapsed();
        assert!(matches!(last, Some(Event::Attributed { .. })), "{last:?}");
        taken
    };
    works
        .iter()
        .map(|work| {
            carry_out(work);
            let taken = (0..n_runs).map(|_| carry_out(work));
            taken.min().unwrap()
        })
        .collect()
}

/// The same in a worker of the page, as the page waits for it.
const IN_WORKER: &str = "(async (works, nRuns) => {
    const worker = new Worker('worker_loader.js', { type: 'module' });
    let heard;
    worker.onmessage = message => heard(message.data.event);
    const answer = kind => new Promise((resolve, reject) => {
        heard = event => {
            if (event.type === kind) resolve();
            if (event.type === 'failed') reject(new Error(event.message));
        };
        worker.onerror = error => reject(new Error(error.message));
    });
    await answer('ready');
    const carryOut = async work => {
        const answered = answer('attributed');
        const started = performance.now();
        worker.postMessage({ id: 1, work });
        await answered;
        return performance.now() - started;
    };
    const least = [];
    for (const work of works) {
        await carryOut(work);
        const taken = [];
        for (let run = 0; run < nRuns; run++) taken.push(await carryOut(work));
        least.push(Math.min(...taken));
    }
    worker.terminate();
    return JSON.stringify(least);
})";

fn in_browser(site: &str, chromium: &OsStr, works: &[&Work], n_runs: usize) -> Vec<Duration> {
    let long = Duration::from_secs(1800);
    let options = LaunchOptions::default_builder()
        .path(Some(chromium.into()))
        // Root, as in a container, cannot have the sandbox; the page is ours.
        .sandbox(false)
        .port(Some(0))
        .idle_browser_timeout(long)
        .build()
        .unwrap();
    let browser = Browser::new(options).expect("Chromium starts");
    let tab = browser.new_tab().expect("Chromium opens a tab");
    tab.set_default_timeout(long);
    // A document of the site's host that does nothing itself.
    tab.navigate_to(&format!("{site}worker_loader.js"))
        .and_then(|tab| tab.wait_until_navigated())
        .expect("the site is served");
    let works = serde_json::to_string(works).unwrap();
    let script = format!("{IN_WORKER}({works}, {n_runs})");
    let made = tab.evaluate(&script, true).expect("the page answers");
    let text = made.value.expect("the script returns a text");
    let milliseconds: Vec<f64> = serde_json::from_str(text.as_str().unwrap()).unwrap();
    milliseconds
        .into_iter()
        .map(|milliseconds| Duration::from_secs_f64(milliseconds / 1e3))
        .collect()
}
