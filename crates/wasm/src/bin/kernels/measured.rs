//! Ops at the sizes of GPT-2's 124M shape.

use std::fmt::Write as _;

use backend_cpu::Cpu;
use js_sys::{Function, Reflect};
use tensor::{Activation, Device, Op, Shape, Tensor, Transposed, Usage};
use wasm_bindgen::{JsCast as _, JsValue};

use super::ceilings;

/// What is timed takes at least so many milliseconds: browsers round their clocks.
const WINDOW_MS: f64 = 4.0;

/// Of so many windows the shortest counts.
const N_WINDOWS: usize = 12;

const LAYERS: usize = 12;
const HIDDEN: usize = 768;
const INNER: usize = 3072;
const VOCABULARY: usize = 50_257;
const HEADS: usize = 12;
const TARGETS: usize = 12;
const TOKENS: usize = 22;

/// Everything, as a Markdown table.
pub(crate) fn report() -> String {
    let bench = Bench {
        clock: Clock::new(),
        device: Cpu::device(),
    };
    let mut report = String::from("| Op | Time | Reached | Of the ceiling |\n|---|---|---|---|\n");
    let products = bench.products().chain(bench.products_in_turn());
    for line in products.chain(bench.rest()) {
        let _ = writeln!(report, "{line}");
    }
    report
}

struct Bench {
    clock: Clock,
    device: Device,
}

impl Bench {
    /// Products, beside multiplying and adding in registers.
    fn products(&self) -> impl Iterator<Item = String> {
        let shapes = [(HIDDEN, HIDDEN), (HIDDEN, INNER), (INNER, HIDDEN)];
        let by_weights = shapes.into_iter().flat_map(move |(k, n)| {
            let weight = self.made(&[k, n], Usage::Weight);
            [Transposed::Neither, Transposed::Right]
                .into_iter()
                .flat_map(move |transposed| {
                    let weight = weight.clone();
                    [1, 6, 12, 24, 96, 252].into_iter().map(move |rows| {
                        let inner = if transposed == Transposed::Right {
                            n
                        } else {
                            k
                        };
                        let left = self.made(&[rows, inner], Usage::Value);
                        let name = match transposed {
                            Transposed::Right => format!("dy Wᵀ, {rows} rows, {k} × {n}"),
                            _ => format!("x W, {rows} rows, {k} × {n}"),
                        };
                        self.product(&name, transposed, [&left, &weight], 2 * rows * k * n)
                    })
                })
        });
        let (width, all) = (HIDDEN / HEADS, TARGETS * HEADS);
        let values = [HEADS, TOKENS, width];
        let weights = [HEADS, TOKENS, TOKENS];
        let per_target = |shape: [usize; 3]| [&[TARGETS][..], &shape].concat();
        let flops = 2 * TOKENS * TOKENS * width;
        let attention = [
            (
                "queries by keys",
                Transposed::Right,
                values.to_vec(),
                values.to_vec(),
                HEADS,
            ),
            (
                "weights by values",
                Transposed::Neither,
                weights.to_vec(),
                values.to_vec(),
                HEADS,
            ),
            (
                "weights' cotangent",
                Transposed::Right,
                per_target(values),
                values.to_vec(),
                all,
            ),
            (
                "queries' cotangent",
                Transposed::Neither,
                per_target(weights),
                values.to_vec(),
                all,
            ),
            (
                "values' cotangent",
                Transposed::Left,
                weights.to_vec(),
                per_target(values),
                all,
            ),
        ];
        let attention = attention
            .into_iter()
            .map(move |(name, transposed, left, right, n)| {
                let [left, right] = [left, right].map(|shape| self.made(&shape, Usage::Value));
                self.product(
                    &format!("attention: {name}"),
                    transposed,
                    [&left, &right],
                    n * flops,
                )
            });
        by_weights.chain(attention)
    }

    /// Products by the weights of many layers in turn, which are in no cache then.
    fn products_in_turn(&self) -> impl Iterator<Item = String> {
        let weight = |_| self.made(&[HIDDEN, INNER], Usage::Weight);
        let weights: Vec<Tensor> = (0..LAYERS).map(weight).collect();
        let ways = [
            (Transposed::Neither, "x W", HIDDEN),
            (Transposed::Right, "dy Wᵀ", INNER),
        ];
        ways.into_iter().flat_map(move |(transposed, way, inner)| {
            let weights = weights.clone();
            [1, 6, 12, 24, 66, 132].into_iter().map(move |rows| {
                let left = self.made(&[rows, inner], Usage::Value);
                let name = format!("{way}, {rows} rows, {LAYERS} of {HIDDEN} × {INNER} in turn");
                self.reached(&name, 2 * rows * HIDDEN * INNER, || {
                    let op = || Op::MatMul(transposed);
                    let made = weights
                        .iter()
                        .map(|weight| Tensor::apply(op(), &[&left, weight]));
                    made.filter(Result::is_ok).count()
                })
            })
        })
    }

    fn product(
        &self,
        name: &str,
        transposed: Transposed,
        inputs: [&Tensor; 2],
        flops: usize,
    ) -> String {
        self.reached(name, flops, || {
            usize::from(Tensor::apply(Op::MatMul(transposed), &inputs).is_ok())
        })
    }

    /// What is reached where `multiply` makes, and counts, products of so many operations.
    fn reached(&self, name: &str, flops: usize, multiply: impl FnMut() -> usize) -> String {
        let ceiling = || 1e-9 * self.clock.per_second(|| ceilings::multiply_add(100_000));
        let before = ceiling();
        let seconds = 1.0 / self.clock.per_second(multiply);
        let reached = 1e-9 * flops as f64 / seconds;
        line(name, seconds, reached, "GFLOP/s", before.max(ceiling()))
    }

    /// What is bound by memory, beside reading.
    fn rest(&self) -> impl Iterator<Item = String> {
        let unembedding = self.made(&[VOCABULARY, HIDDEN], Usage::Weight);
        let state = self.made(&[1, HIDDEN], Usage::Value);
        let logits = self.made(&[1, VOCABULARY], Usage::Value);
        let cotangent = self.made(&[TARGETS, TOKENS, HIDDEN], Usage::Value);
        let states = self.made(&[TOKENS, HIDDEN], Usage::Value);
        let inner = self.made(&[TARGETS * TOKENS, INNER], Usage::Value);
        let weights = self.made(&[HEADS, TOKENS, TOKENS], Usage::Value);
        let of_weights = self.made(&[TARGETS, HEADS, TOKENS, TOKENS], Usage::Value);
        let table = 4 * VOCABULARY * HIDDEN;
        let epsilon = 1e-5;
        let mut cases = vec![
            (
                "unembedding, one row",
                Op::MatMul(Transposed::Right),
                vec![state, unembedding.clone()],
                table,
            ),
            (
                "its reverse, one row",
                Op::MatMul(Transposed::Neither),
                vec![logits.clone(), unembedding],
                table,
            ),
            ("log softmax", Op::LogSoftmax, vec![logits], 8 * VOCABULARY),
            (
                "softmax",
                Op::Softmax,
                vec![of_weights.clone()],
                8 * TARGETS * HEADS * TOKENS * TOKENS,
            ),
            (
                "softmax pullback",
                Op::SoftmaxPullback,
                vec![weights, of_weights],
                8 * TARGETS * HEADS * TOKENS * TOKENS,
            ),
            (
                "normalize",
                Op::Normalize { epsilon },
                vec![cotangent.clone()],
                8 * TARGETS * TOKENS * HIDDEN,
            ),
            (
                "normalize pullback",
                Op::NormalizePullback { epsilon },
                vec![states.clone(), cotangent.clone()],
                8 * TARGETS * TOKENS * HIDDEN,
            ),
            (
                "add",
                Op::Add,
                vec![cotangent.clone(), cotangent.clone()],
                12 * TARGETS * TOKENS * HIDDEN,
            ),
            (
                "add, repeated",
                Op::Add,
                vec![cotangent, states],
                8 * TARGETS * TOKENS * HIDDEN,
            ),
        ];
        for (name, activation) in [
            ("gelu_new", Activation::GeluNew),
            ("gelu", Activation::Gelu),
            ("swish", Activation::Swish),
        ] {
            let bytes = 8 * TARGETS * TOKENS * INNER;
            cases.push((name, Op::Activate(activation), vec![inner.clone()], bytes));
            cases.push((name, Op::Slope(activation), vec![inner.clone()], bytes));
        }
        // More than a cache holds.
        let much = vec![0.5; 40 << 20];
        cases.into_iter().map(move |(name, op, inputs, bytes)| {
            let ceiling = || 1e-9 * self.clock.per_second(|| ceilings::read(&much));
            let before = ceiling();
            let seconds = self.seconds(&op, &inputs.iter().collect::<Vec<_>>());
            let reached = 1e-9 * bytes as f64 / seconds;
            let name = match op {
                Op::Slope(_) => format!("{name}, slope"),
                _ => name.to_owned(),
            };
            line(&name, seconds, reached, "GB/s", before.max(ceiling()))
        })
    }

    fn seconds(&self, op: &Op, inputs: &[&Tensor]) -> f64 {
        1.0 / self.clock.per_second(|| {
            let made = Tensor::apply(op.clone(), inputs);
            usize::from(made.is_ok())
        })
    }

    /// Values that differ, none of them large.
    fn made(&self, shape: &[usize], usage: Usage) -> Tensor {
        let shape = Shape::new(shape);
        let values = (0..shape.n_values()).map(|index| (index % 1009) as f32 / 1009.0 - 0.4);
        Tensor::upload(&self.device, values.collect(), shape, usage)
            .expect("the processor has room for it")
    }
}

fn line(name: &str, seconds: f64, reached: f64, unit: &str, ceiling: f64) -> String {
    let share = 100.0 * reached / ceiling;
    let time = 1e6 * seconds;
    format!("| {name} | {time:.1} µs | {reached:.1} {unit} | {share:.0}% of {ceiling:.1} |")
}

/// The browser's clock.
struct Clock {
    performance: JsValue,
    now: Function,
}

impl Clock {
    fn new() -> Self {
        let get = |of: &JsValue, name: &str| Reflect::get(of, &name.into()).unwrap_or_default();
        let performance = get(&js_sys::global(), "performance");
        let now = get(&performance, "now").unchecked_into();
        Self { performance, now }
    }

    fn milliseconds(&self) -> f64 {
        let now = self.now.call0(&self.performance);
        now.ok().and_then(|now| now.as_f64()).unwrap_or_default()
    }

    /// How many of what `work` counts are done in a second, at best.
    fn per_second(&self, mut work: impl FnMut() -> usize) -> f64 {
        let mut n_calls = 1;
        let mut best: f64 = 0.0;
        let mut n_windows = 0;
        while n_windows < N_WINDOWS {
            let start = self.milliseconds();
            let done: usize = (0..n_calls).map(|_| work()).sum();
            let taken = self.milliseconds() - start;
            if taken < WINDOW_MS {
                n_calls *= 2;
                continue;
            }
            best = best.max(done as f64 / (1e-3 * taken));
            n_windows += 1;
        }
        best
    }
}
