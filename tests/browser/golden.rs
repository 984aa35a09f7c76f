//! Do we agree with Inseq in the browser, through the worker: the golden cases of the
//! methods we have, as requests of its protocol.

use std::time::Instant;

use attribution_output::{AttributionOutput, from_inseq_json};
use inseq_tests::golden_case::Case;
use protocol::{AttributeRequest, DeviceChoice, Work};
use serde_json::Value;

use crate::asked_worker::START_WORKER;
use crate::page::Page;
use crate::site::Site;
use crate::view::LAPTOP;

#[test]
fn golden_cases_agree_with_inseq_through_the_worker() {
    let Some(site) = Site::from_environment() else {
        return;
    };
    // Any document of the site; the page itself would start a worker of its own.
    let page = Page::open(&site, &format!("{}worker_loader.js", site.root), LAPTOP);
    check_all(&site.root, &page, DeviceChoice::Cpu, &|_| true);
}

#[test]
fn golden_cases_agree_with_inseq_without_relaxed_simd() {
    let Some(site) = Site::from_environment() else {
        return;
    };
    let page = Page::open(&site, &format!("{}worker_loader.js", site.root), LAPTOP);
    page.wait_for("a document", "document.body");
    // A program that is given by hand is the one that runs everywhere.
    page.evaluate(
        "window.workerAddress = './inseq-worker.js';
         window.workerStart = { wasmUrl: new URL('worker_bg.wasm', location.href).href };",
    );
    check_all(&site.root, &page, DeviceChoice::Cpu, &|_| true);
    assert_eq!(
        fact(&page, "matrix products"),
        "weights packed once for both directions, plain SIMD"
    );
}

#[test]
fn golden_cases_agree_with_inseq_with_threads() {
    let Some(site) = Site::from_environment() else {
        return;
    };
    if !site.has_threads() {
        return;
    }
    let page = Page::open(&site, &format!("{}worker_loader.js", site.isolated), LAPTOP);
    check_all(&site.isolated, &page, DeviceChoice::Cpu, &|_| true);
    let threads = fact(&page, "threads");
    let n_cores = page.evaluate("String(Math.min(navigator.hardwareConcurrency, 8))");
    assert_eq!(threads, n_cores);
}

#[test]
fn golden_cases_agree_with_inseq_on_webgpu_in_the_worker() {
    let Some(site) = Site::from_environment() else {
        return;
    };
    let page = Page::open_with_webgpu(&site, &format!("{}worker_loader.js", site.root));
    // All cases run on WebGPU natively; here a program computes that takes minutes for
    // what has many steps, and the question is whether the browser's way there is right.
    check_all(&site.root, &page, DeviceChoice::Webgpu, &|name| {
        ON_WEBGPU.contains(&name)
    });
}

/// Cases that go through every kind of kernel on both families.
const ON_WEBGPU: [&str; 8] = [
    "gpt2-attention",
    "gpt2-contrast-pcxmi",
    "gpt2-layer_gradient_x_activation",
    "gpt2-saliency",
    "gpt2-saliency-steps-topp",
    "marian-attention",
    "marian-input_x_gradient",
    "marian-saliency",
];

fn check_all(root: &str, page: &Page, device: DeviceChoice, is_wanted: &dyn Fn(&str) -> bool) {
    page.wait_for("a document", "document.body");
    page.evaluate(START_WORKER);
    let (mut n_run, mut n_arrays) = (0_u32, 0);
    let mut failures = Vec::new();
    for case in Case::all() {
        if let Err(reason) = case.is_ours() {
            println!(
                "SKIPPED: golden case {} in the browser: {reason}",
                case.name
            );
            continue;
        }
        if !is_wanted(&case.name) {
            println!(
                "SKIPPED: golden case {} in the browser: too many steps for a program that acts \
                 as a graphics processor; it runs natively",
                case.name
            );
            continue;
        }
        n_run += 1;
        let started = Instant::now();
        let asked = case.request();
        let work = Work::Attribute(AttributeRequest {
            model: format!("{root}golden-models/{}", asked.model),
            ..asked
        });
        let work = serde_json::to_string(&work).unwrap();
        let device_asked = serde_json::to_string(&device).unwrap();
        let answer = page.evaluate(&format!(
            "ask({work}, {device_asked})
               .then(events => events.at(-1).inseq_json ?? [events.at(-1).message])
               .catch(error => [error.message])"
        ));
        println!("{}: {:.1} s", case.name, started.elapsed().as_secs_f64());
        let outcome = match &answer {
            Value::String(inseq_json) => from_inseq_json(inseq_json)
                .map_err(|error| error.to_string())
                .and_then(|output| computed_on(device, output))
                .and_then(|output| case.compare(&output)),
            failed => Err(failed.to_string()),
        };
        match outcome {
            Ok(n) => n_arrays += n,
            Err(failure) => failures.push(format!("{}: {failure}", case.name)),
        }
    }
    let least = match device {
        DeviceChoice::Webgpu => (8, 16),
        _ => (20, 59),
    };
    println!("{n_run} golden cases in the browser on {device:?}, {n_arrays} arrays compared");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(
        n_run >= least.0 && n_arrays >= least.1,
        "cases went missing"
    );
    page.assert_no_console_errors();
}

/// A line of the worker's diagnostics.
fn fact(page: &Page, name: &str) -> Value {
    page.evaluate(&format!(
        "ask({{ kind: 'diagnose' }}).then(events =>
           events.at(-1).facts.find(fact => fact.name === '{name}')?.value)"
    ))
}

fn computed_on(
    device: DeviceChoice,
    output: AttributionOutput,
) -> Result<AttributionOutput, String> {
    let expected = serde_json::to_value(device).map_err(|error| error.to_string())?;
    match output.info.get("device") {
        Some(found) if *found == expected => Ok(output),
        other => Err(format!("computed on {other:?}")),
    }
}
