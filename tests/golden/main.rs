//! Do we agree with Inseq on tiny models: every case whose method and functions we
//! have, through the engine and through the command line, raw and aggregated. What
//! the files are: `README.md`.

mod aggregations;
mod contexts;
mod files;
mod ways;

use attribution_output::AttributionOutput;
use backend_webgpu::OpenOptions;
use inseq_tests::golden_case::Case;
use inseq_tests::tiny_models::engine_with;
use inseq_tests::webgpu::{WithWebGpu, webgpu};

/// Carries out a case.
type Way<'a> = &'a mut dyn FnMut(&Case) -> Result<AttributionOutput, String>;

#[test]
fn cases_of_our_methods_agree_with_inseq() {
    check_all(&mut ways::through_the_engine);
}

#[test]
fn cases_agree_with_inseq_through_the_command_line() {
    check_all(&mut ways::through_the_command_line);
}

#[test]
fn cases_agree_with_inseq_on_webgpu() {
    let options = OpenOptions::default();
    if webgpu(&options).is_none() {
        return;
    }
    let mut engine = engine_with(Box::new(WithWebGpu { options }));
    check_all(&mut |case| ways::on_webgpu(&mut engine, case));
}

#[test]
fn cases_agree_with_inseq_on_webgpu_with_small_limits() {
    let options = OpenOptions {
        is_restricted_to_defaults: true,
        // GPT-2's embedding, of 115 kB, does not fit and is used in parts.
        largest_binding_bytes: Some(110_000),
        ..OpenOptions::default()
    };
    if webgpu(&options).is_none() {
        return;
    }
    let mut engine = engine_with(Box::new(WithWebGpu { options }));
    // Not all: such small pieces take minutes where a program acts as the processor.
    for name in [
        "gpt2-attention",
        "gpt2-saliency",
        "gpt2-saliency-logit",
        // Searches the embedding for neighbors.
        "gpt2-discretized_integrated_gradients",
    ] {
        let case = Case::all().into_iter().find(|case| case.name == name);
        let case = case.expect("the case is committed");
        let output = ways::on_webgpu(&mut engine, &case).unwrap();
        case.compare(&output).unwrap();
    }
}

fn check_all(way: Way<'_>) {
    let (mut n_run, mut n_arrays) = (0, 0);
    let mut failures = Vec::new();
    for case in Case::all() {
        if let Err(reason) = case.is_ours() {
            println!("SKIPPED: golden case {}: {reason}", case.name);
            continue;
        }
        match way(&case).and_then(|output| case.compare(&output)) {
            Ok(n) => n_arrays += n,
            Err(failure) => failures.push(format!("{}: {failure}", case.name)),
        }
        n_run += 1;
    }
    println!("{n_run} golden cases, {n_arrays} arrays compared");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(n_run >= 28 && n_arrays >= 73, "cases went missing");
}
