//! What a sentence costs: forward, methods, and many targets at once, on GPT-2's 124M
//! shape with 11 given and 12 attributed tokens.

use attribution::{OptionValue, Request, attribute};
use backend_cpu::Cpu;
use futures::executor::block_on;
use inseq_tests::bench_models::bench_model;
use inseq_tests::stopwatch::Stopwatch;
use models::{Inputs, NoProbe, SequenceModel, Side};

const N_GIVEN: usize = 11;
const N_TARGETS: usize = 12;

fn main() {
    let stopwatch = Stopwatch::from_arguments();
    let model = bench_model("gpt2", stopwatch.is_measuring(), &Cpu::device());
    let model = model.as_ref();
    forward(&stopwatch, model);
    many_targets(&stopwatch, model);
    for (name, method, options) in methods() {
        let mut asked = request(model);
        asked.method = method.to_owned();
        asked.method_options = options
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        stopwatch.time(name, 3, || run(model, &asked));
    }
}

type Options = Vec<(&'static str, OptionValue)>;

/// What `peers/inseq_times.py` measures too: name, method, options.
fn methods() -> Vec<(&'static str, &'static str, Options)> {
    let layer = |path: &str| vec![("target_layer", OptionValue::Text(path.to_owned()))];
    let points = |n| vec![("n_steps", OptionValue::Integer(n))];
    vec![
        (
            "integrated gradients, 20 points",
            "integrated_gradients",
            points(20),
        ),
        ("attention", "attention", vec![]),
        ("occlusion", "occlusion", vec![]),
        ("value zeroing", "value_zeroing", vec![]),
        (
            "sequential integrated gradients, 5 points",
            "sequential_integrated_gradients",
            points(5),
        ),
        (
            "layer gradient x activation, one layer",
            "layer_gradient_x_activation",
            layer("transformer.h.0"),
        ),
        (
            "layer gradient x activation, all layers",
            "layer_gradient_x_activation",
            layer("all"),
        ),
    ]
}

/// 23 tokens that differ.
fn request(model: &dyn SequenceModel) -> Request {
    let n_vocabulary = model.summary().vocabulary_size;
    let ids = (0..N_GIVEN + N_TARGETS)
        .map(|index| u32::try_from((17 + 1013 * index) % n_vocabulary).unwrap())
        .collect();
    Request::new(None, ids, N_GIVEN)
}

fn run(model: &dyn SequenceModel, request: &Request) {
    block_on(attribute(model, request, &mut |_, _| ())).unwrap();
}

fn forward(stopwatch: &Stopwatch, model: &dyn SequenceModel) {
    let request = request(model);
    let positions: Vec<u32> = (10..22).collect();
    let logits = || {
        let inputs = Inputs {
            source: None,
            prefix: model.embed(Side::Target, &request.target[..22]).unwrap(),
        };
        let hidden = model
            .forward(&inputs, &positions, None, &mut NoProbe)
            .unwrap();
        block_on(model.unembed(&hidden).unwrap().read()).unwrap()
    };
    stopwatch.time("forward, logits of 12 of 22 positions", 9, || {
        assert!(logits().iter().all(|logit| logit.is_finite()));
    });
}

fn many_targets(stopwatch: &Stopwatch, model: &dyn SequenceModel) {
    let together = request(model);
    let one_by_one: Vec<Request> = (0..N_TARGETS)
        .map(|number| {
            let mut single = request(model);
            let target = i64::try_from(N_GIVEN + number).unwrap();
            single.attr_pos_start = Some(target);
            single.attr_pos_end = Some(target + 1);
            single
        })
        .collect();
    let batched = stopwatch.time("saliency, 12 targets together", 7, || run(model, &together));
    let single = stopwatch.time("saliency, 12 targets one by one", 3, || {
        one_by_one.iter().for_each(|request| run(model, request));
    });
    if let (Some(batched), Some(single)) = (batched, single) {
        println!(
            "together is {:.1} times faster",
            single.least.as_secs_f64() / batched.least.as_secs_f64()
        );
    }
}
