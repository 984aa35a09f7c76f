//! The same requests natively, in a browser tab and in one with threads, through the same
//! engine: GPT-2's 124M shape, 11 given and 12 attributed tokens, and OPUS-MT's base shape,
//! 14 and 17.
//!
//! Needs the built site with the made models beside it; `cargo xtask bench` prepares
//! both.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::thread;
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

/// Whose tokens, in a made model, are letters.
const LETTERS: &str = "George was sick today. ";
const N_RUNS: usize = 5;
/// Of works that take many seconds.
const N_LONG_RUNS: usize = 1;
/// What takes longer is not repeated: its first run counts, which else is no more than a
/// warm-up.
const LONG: Duration = Duration::from_secs(20);

/// Given and attributed tokens of the sentences, and of texts that grow.
const GPT2_SENTENCE: (usize, usize) = (11, 12);
const MARIAN_SENTENCE: (usize, usize) = (14, 17);
const GROWING: [(usize, usize); 8] = [
    (8, 8),
    (16, 16),
    (32, 32),
    (64, 64),
    (128, 128),
    (60, 4),
    (56, 8),
    (48, 16),
];

fn main() {
    let stopwatch = Stopwatch::from_arguments();
    let (Ok(site), Some(chromium)) = (env::var("INSEQ_SITE"), env::var_os("INSEQ_CHROMIUM")) else {
        println!("SKIPPED: native and browser side by side: run it through cargo xtask bench");
        return;
    };
    let measured: Vec<Measured> = all_measured(&stopwatch)
        .into_iter()
        .filter(|measured| stopwatch.wants(&measured.name))
        .collect();
    let requests: Vec<(&Work, usize)> = measured
        .iter()
        .map(|measured| (&measured.work, measured.n_runs))
        .collect();
    // Half a gigabyte that arrives within a second of its start is more than Chromium can put
    // on disk by then: it loses the model's file.
    let settling = Duration::from_secs(if stopwatch.is_measuring() { 15 } else { 0 });
    // It takes minutes, and each place is silent until it is done.
    let began = |place: &str| println!("{} works: {place}", requests.len());
    began("native");
    let mut places = vec![("native", native(&requests))];
    let mut in_tab = |place, site: &str| {
        began(place);
        places.push((place, in_browser(site, &chromium, &requests, settling)));
    };
    in_tab("tab, 1 thread", &site);
    if let Ok(isolated) = env::var("INSEQ_SITE_ISOLATED") {
        in_tab("tab, threads", &isolated);
    }
    let heads: String = places
        .iter()
        .map(|(place, _)| format!("{place:>15}"))
        .collect();
    println!("{:<55}{heads}", "");
    for (number, measured) in measured.iter().enumerate() {
        let times = places.iter().map(|(_, times)| in_units(times[number]));
        let times: String = times.map(|time| format!("{time:>15}")).collect();
        let name = format!("{}, {}", measured.model, measured.name);
        println!("{name:<55}{times}");
    }
    if let Some(path) = env::var_os("INSEQ_FIGURES") {
        let lines: String = places
            .iter()
            .flat_map(|(place, times)| measured.iter().zip(times).map(|it| it.0.line(place, *it.1)))
            .collect();
        fs::write(path, lines).expect("the figures can be written");
    }
}

/// What is asked, under the name in the table.
struct Measured {
    name: String,
    model: &'static str,
    n_tokens: usize,
    n_targets: usize,
    work: Work,
    n_runs: usize,
}

impl Measured {
    /// As the programs in `peers` write their figures.
    fn line(&self, place: &str, time: Duration) -> String {
        let figure = serde_json::json!({
            "who": format!("Inseq Web, {place}"),
            "model": self.model,
            "work": self.name,
            "tokens": self.n_tokens,
            "targets": self.n_targets,
            "seconds": time.as_secs_f64(),
        });
        format!("{figure}\n")
    }
}

fn all_measured(stopwatch: &Stopwatch) -> Vec<Measured> {
    if !stopwatch.is_measuring() {
        let mut works = works("demo-gpt2", GPT2_SENTENCE);
        works.iter_mut().for_each(|measured| measured.n_runs = 1);
        return works;
    }
    if env::var_os("INSEQ_GROWTH").is_some() {
        let growing = GROWING.into_iter().flat_map(|size| works("gpt2", size));
        return growing
            .filter(|measured| measured.name == "saliency")
            .collect();
    }
    let mut both = works("gpt2", GPT2_SENTENCE);
    both.extend(works("opus-mt", MARIAN_SENTENCE));
    both
}

/// Works on a sentence of so many given and attributed tokens.
fn works(model: &'static str, (n_given, n_targets): (usize, usize)) -> Vec<Measured> {
    let n_tokens = n_given + n_targets;
    let attribute = |name: &str, method: &str, n_points: Option<i64>, n_runs| {
        let is_forward = name == "forward";
        let mut request = match model {
            // The made Marian has visible letters, and ends texts by a token of its own.
            "opus-mt" => {
                let letters = LETTERS.replace(' ', "").repeat(n_tokens);
                let mut request = AttributeRequest::new(model, &letters[..n_given - 1]);
                request.generated_text = Some(letters[..n_targets - 1].to_owned());
                request
            }
            _ => {
                let letters = LETTERS.repeat(n_tokens);
                // Logits are those of attributed tokens.
                let n_given = if is_forward { 1 } else { n_given };
                let mut request = AttributeRequest::new(model, &letters[..n_given]);
                request.generated_text = Some(letters[..n_tokens].to_owned());
                request
            }
        };
        request.method = method.to_owned();
        if let Some(n) = n_points {
            let n = OptionValue::Integer(n);
            request.method_options.insert("n_steps".to_owned(), n);
        }
        Measured {
            name: name.to_owned(),
            model,
            n_tokens,
            n_targets,
            work: Work::Attribute(request),
            n_runs,
        }
    };
    vec![
        // With attention weights of all layers read back, too.
        attribute("forward", "attention", None, N_RUNS),
        attribute("attention", "attention", None, N_RUNS),
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
            memory_budget_mb: None,
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
            let first = carry_out(work);
            if first > LONG {
                return first;
            }
            let taken = (0..*n_runs).map(|_| carry_out(work));
            taken.min().unwrap()
        })
        .collect()
}

/// The same in a worker of the page, as the page waits for it.
const IN_WORKER: &str = "(async (works, long) => {
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
        const first = await carryOut(work);
        const taken = first > long ? [first] : [];
        while (first <= long && taken.length < nRuns) taken.push(await carryOut(work));
        least.push(Math.min(...taken));
    }
    worker.terminate();
    return JSON.stringify(least);
})";

/// `settling` is given to the browser between its start and the first page.
fn in_browser(
    site: &str,
    chromium: &OsStr,
    works: &[(&Work, usize)],
    settling: Duration,
) -> Vec<Duration> {
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
    thread::sleep(settling);
    let tab = browser.new_tab().expect("Chromium opens a tab");
    tab.set_default_timeout(long);
    // A document of the site's host that does nothing itself.
    tab.navigate_to(&format!("{site}worker_loader.js"))
        .and_then(|tab| tab.wait_until_navigated())
        .expect("the site is served");
    let works = serde_json::to_string(works).unwrap();
    let script = format!("{IN_WORKER}({works}, {})", LONG.as_millis());
    let made = tab.evaluate(&script, true).expect("the page answers");
    let text = made.value.expect("the script returns a text");
    let milliseconds: Vec<f64> = serde_json::from_str(text.as_str().unwrap()).unwrap();
    milliseconds
        .into_iter()
        .map(|milliseconds| Duration::from_secs_f64(milliseconds / 1e3))
        .collect()
}
