//! What single ops cost on each backend, at the sizes of GPT-2's 124M shape.

use backend_cpu::Cpu;
use futures::executor::block_on;
use inseq_tests::stopwatch::Stopwatch;
use tensor::{Activation, Device, Op, Tensor, Transposed, Usage};

/// Sizes of a pass.
struct Sizes {
    rows: usize,
    /// Targets of one reverse pass.
    targets: usize,
    hidden: usize,
    inner: usize,
    heads: usize,
    vocabulary: usize,
}

const GPT2: Sizes = Sizes {
    rows: 22,
    targets: 12,
    hidden: 768,
    inner: 3072,
    heads: 12,
    vocabulary: 50257,
};
const TINY: Sizes = Sizes {
    rows: 3,
    targets: 2,
    hidden: 8,
    inner: 16,
    heads: 2,
    vocabulary: 20,
};

fn main() {
    let stopwatch = Stopwatch::from_arguments();
    let sizes = if stopwatch.is_measuring() { GPT2 } else { TINY };
    let device = Cpu::device();
    weight_products(&stopwatch, &device, &sizes);
    attention(&stopwatch, &device, &sizes);
    rows(&stopwatch, &device, &sizes);
}

/// Values that differ, none of them large.
fn made(device: &Device, shape: &[usize], usage: Usage) -> Tensor {
    let n: usize = shape.iter().product();
    let values = (0..n).map(|index| (index % 17) as f32 / 17.0 - 0.4);
    Tensor::upload(device, values.collect(), tensor::Shape::new(shape), usage).unwrap()
}

fn time(stopwatch: &Stopwatch, device: &Device, name: &str, op: &Op, inputs: &[&Tensor]) {
    let name = format!("{}: {name}", device.name());
    stopwatch.time(&name, 15, || {
        let made = Tensor::apply(op.clone(), inputs).unwrap();
        // A device may run ahead; reading waits for it.
        let last = made.shape().lengths()[made.shape().rank() - 1];
        assert!(last > 0);
        block_on(made.read()).unwrap();
    });
}

fn weight_products(stopwatch: &Stopwatch, device: &Device, sizes: &Sizes) {
    let (rows, hidden, inner) = (sizes.rows, sizes.hidden, sizes.inner);
    let weight = made(device, &[hidden, inner], Usage::Weight);
    let unembedding = made(device, &[sizes.vocabulary, hidden], Usage::Weight);
    let input = made(device, &[rows, hidden], Usage::Value);
    let cotangent = made(device, &[sizes.targets, rows, inner], Usage::Value);
    let states = made(device, &[sizes.targets, hidden], Usage::Value);
    let forward = Op::MatMul(Transposed::Neither);
    let reverse = Op::MatMul(Transposed::Right);
    for (name, op, inputs) in [
        ("x W, one pass", &forward, [&input, &weight]),
        ("dy Wᵀ, all targets", &reverse, [&cotangent, &weight]),
        (
            "unembedding, all targets",
            &reverse,
            [&states, &unembedding],
        ),
    ] {
        time(stopwatch, device, name, op, &inputs);
    }
}

fn attention(stopwatch: &Stopwatch, device: &Device, sizes: &Sizes) {
    let width = sizes.hidden / sizes.heads;
    let (heads, rows, targets) = (sizes.heads, sizes.rows, sizes.targets);
    let values = made(device, &[heads, rows, width], Usage::Value);
    let weights = made(device, &[heads, rows, rows], Usage::Value);
    let of_output = made(device, &[targets, heads, rows, width], Usage::Value);
    let of_weights = made(device, &[targets, heads, rows, rows], Usage::Value);
    for (name, op, inputs) in [
        (
            "attention weights' cotangent",
            Op::MatMul(Transposed::Right),
            [&of_output, &values],
        ),
        (
            "values' cotangent",
            Op::MatMul(Transposed::Left),
            [&weights, &of_output],
        ),
        (
            "softmax pullback",
            Op::SoftmaxPullback,
            [&weights, &of_weights],
        ),
    ] {
        time(stopwatch, device, name, &op, &inputs);
    }
}

fn rows(stopwatch: &Stopwatch, device: &Device, sizes: &Sizes) {
    let (rows, hidden) = (sizes.rows, sizes.hidden);
    let input = made(device, &[rows, hidden], Usage::Value);
    let inner = made(device, &[rows, sizes.inner], Usage::Value);
    let cotangent = made(device, &[sizes.targets, rows, hidden], Usage::Value);
    let epsilon = 1e-5;
    let activate = Op::Activate(Activation::GeluNew);
    time(stopwatch, device, "gelu_new", &activate, &[&inner]);
    let pullback = Op::NormalizePullback { epsilon };
    let inputs = [&input, &cotangent];
    time(stopwatch, device, "normalize pullback", &pullback, &inputs);
    time(stopwatch, device, "add", &Op::Add, &[&cotangent, &input]);
}
