//! What a sentence costs on a graphics processor, beside the same on the CPU: forward,
//! saliency of all targets, and integrated gradients of 50 points, on GPT-2's 124M shape
//! and OPUS-MT's base shape. What was recorded and copied is counted.

use attribution::{OptionValue, Request, attribute};
use backend_cpu::Cpu;
use backend_webgpu::{OpenOptions, WebGpu};
use futures::executor::block_on;
use inseq_tests::bench_models::bench_model;
use inseq_tests::stopwatch::Stopwatch;
use inseq_tests::webgpu::webgpu;
use models::{Inputs, NoProbe, SequenceModel, Side};
use tensor::Device;

/// A sentence of a model: its shape's name, how long source and target are, and how much
/// of the target is given.
const SENTENCES: [(&str, &str, Option<usize>, usize, usize); 2] = [
    ("gpt2", "GPT-2 124M", None, 23, 11),
    ("opus-mt", "OPUS-MT base", Some(14), 18, 1),
];

fn main() {
    let stopwatch = Stopwatch::from_arguments();
    let Some(gpu) = webgpu(&OpenOptions::default()) else {
        return;
    };
    println!("{:#?}", gpu.report());
    for (folder, name, n_source, n_target, n_given) in SENTENCES {
        let folder = match (stopwatch.is_measuring(), folder) {
            (false, "opus-mt") => "marian",
            _ => folder,
        };
        let devices: [Device; 2] = [gpu.clone(), Cpu::device()];
        for device in devices {
            let model = bench_model(folder, stopwatch.is_measuring(), &device);
            let request = request(model.as_ref(), n_source, n_target, n_given);
            let name = format!("{}: {name}", device.name());
            measure(&stopwatch, &gpu, &name, model.as_ref(), &request);
        }
    }
}

/// Tokens that differ.
fn request(
    model: &dyn SequenceModel,
    n_source: Option<usize>,
    n_target: usize,
    n_given: usize,
) -> Request {
    let n_vocabulary = model.summary().vocabulary_size;
    let ids = |n: usize| {
        let ids = (0..n).map(|index| (17 + 1013 * index) % n_vocabulary);
        ids.map(|id| u32::try_from(id).unwrap()).collect()
    };
    Request {
        memory_budget_bytes: model.device().memory_budget_bytes(),
        ..Request::new(n_source.map(ids), ids(n_target), n_given)
    }
}

fn measure(
    stopwatch: &Stopwatch,
    gpu: &WebGpu,
    name: &str,
    model: &dyn SequenceModel,
    request: &Request,
) {
    time(stopwatch, gpu, &format!("{name}, forward"), || {
        let logits = forward(model, request);
        assert!(logits.iter().all(|logit| logit.is_finite()));
    });
    let with = |method: &str, options: Vec<(&str, OptionValue)>| {
        let options = options.into_iter();
        Request {
            method: method.to_owned(),
            method_options: options
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
            ..request.clone()
        }
    };
    let points = vec![("n_steps", OptionValue::Integer(50))];
    for (method, asked) in [
        ("saliency", with("saliency", vec![])),
        (
            "integrated gradients, 50 points",
            with("integrated_gradients", points),
        ),
        ("occlusion", with("occlusion", vec![])),
    ] {
        time(stopwatch, gpu, &format!("{name}, {method}"), || {
            block_on(attribute(model, &asked, &mut |_, _| ())).unwrap();
        });
    }
}

fn time(stopwatch: &Stopwatch, gpu: &WebGpu, name: &str, mut run: impl FnMut()) {
    let counts = || gpu.report().counts;
    let mut n_runs = 0;
    let before = counts();
    stopwatch.time(name, 3, || {
        n_runs += 1;
        run();
    });
    let (after, n_runs) = (counts(), n_runs.max(1));
    let dispatches = (after.n_dispatches - before.n_dispatches) / n_runs;
    if dispatches > 0 {
        println!(
            "    {dispatches} kernels in {} submissions; {:.1} MB up, {:.3} MB back, {:.2} GB bound",
            (after.n_submissions - before.n_submissions) / n_runs,
            (after.bytes_uploaded - before.bytes_uploaded) as f64 / n_runs as f64 / 1e6,
            (after.bytes_read - before.bytes_read) as f64 / n_runs as f64 / 1e6,
            (after.bytes_bound - before.bytes_bound) as f64 / n_runs as f64 / 1e9,
        );
    }
}

fn forward(model: &dyn SequenceModel, request: &Request) -> Vec<f32> {
    let prefix = &request.target[..request.target.len() - 1];
    let first = request.n_given - 1;
    let positions: Vec<u32> = (first..prefix.len())
        .map(|position| u32::try_from(position).unwrap())
        .collect();
    let source = request.source.as_deref();
    let inputs = Inputs {
        source: source.map(|ids| model.embed(Side::Source, ids).unwrap()),
        prefix: model.embed(Side::Target, prefix).unwrap(),
    };
    let hidden = model
        .forward(&inputs, &positions, None, &mut NoProbe)
        .unwrap();
    block_on(model.unembed(&hidden).unwrap().read()).unwrap()
}
