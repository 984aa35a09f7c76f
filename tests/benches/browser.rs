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
/// Of works that take many seconds.
const N_LONG_RUNS: usize = 1;

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
    let requests: Vec<(&Work, usize)> = works
        .iter()
        .filter(|measured| stopwatch.wants(measured.name))
        .map(|measured| (&measured.work, n_runs.min(measured.n_runs)))
        .collect();
    let native = native(&requests);
    let in_browser = in_browser(&site, &chromium, &requests);
    println!(
        "{:<40} {:>10} {:>10} {:>7}",
        "", "native", "browser", "ratio"
    );
    let names = works.iter().map(|measured| measured.name);
    let wanted = names.filter(|name| stopwatch.wants(name));
    for ((name, native), browser) in wanted.zip(native).zip(in_browser) {
        println!(
            "{name:<40} {:>10} {:>10} {:>7.1}",
            in_units(native),
            in_units(browser),
            browser.as_secs_f64() / native.as_secs_f64()
        );
    }
}

/// What is asked, under the name in the table.
struct Measured {
    name: &'static str,
    work: Work,
    n_runs: usize,
}

fn works(model: &str) -> Vec<Measured> {
    let attribute = |name, method: &str, n_points: Option<i64>, n_runs| {
        let mut request = AttributeRequest::new(model, PROMPT);
        request.generated_text = Some(OUTPUT.to_owned());
        request.method = method.to_owned();
        if let Some(n) = n_points {
            let n = OptionValue::Integer(n);
            request.method_options.insert("n_steps".to_owned(), n);
        }
        Measured {
            name,
            work: Work::Attribute(request),
            n_runs,
        }
    };
    vec![
        attribute("forward (attention)", "attention", None, N_RUNS),
        attribute("saliency", "saliency", None, N_RUNS),
        attribute(
            "integrated gradients, 20 points",
            "integrated_gradients",
            Some(20),
            N_LONG_RUNS,
        ),
        attribute("occlusion", "occlusion", None, N_RUNS),
        attribute("value zeroing", "value_zeroing", None, N_RUNS),
        attribute(
            "sequential integrated gradients, 5 points",
            "sequential_integrated_gradients",
            Some(5),
            N_LONG_RUNS,
        ),
    ]
}

/// The shortest time of each request, the model being loaded.
fn native(works: &[(&Work, usize)]) -> Vec<Duration> {
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
        .map(|(work, n_runs)| {
            carry_out(work);
            let taken = (0..*n_runs).map(|_| carry_out(work));
            taken.min().unwrap()
        })
        .collect()
}

/// The same in a worker of the page, as the page waits for it.
const IN_WORKER: &str = "(async works => {
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
    for (const [work, nRuns] of works) {
        await carryOut(work);
        const taken = [];
        for (let run = 0; run < nRuns; run++) taken.push(await carryOut(work));
        least.push(Math.min(...taken));
    }
    worker.terminate();
    return JSON.stringify(least);
})";

fn in_browser(site: &str, chromium: &OsStr, works: &[(&Work, usize)]) -> Vec<Duration> {
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
    let script = format!("{IN_WORKER}({works})");
    let made = tab.evaluate(&script, true).expect("the page answers");
    let text = made.value.expect("the script returns a text");
    let milliseconds: Vec<f64> = serde_json::from_str(text.as_str().unwrap()).unwrap();
    milliseconds
        .into_iter()
        .map(|milliseconds| Duration::from_secs_f64(milliseconds / 1e3))
        .collect()
}
