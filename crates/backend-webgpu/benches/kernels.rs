//! What fraction of a device its kernels reach: the device's ceilings, measured here by
//! the plainest kernels there are, then ours at the sizes of GPT-2's 124M shape.
//!
//! `cargo bench -p backend-webgpu`; under `cargo test` everything runs once, on small
//! values. Each time is that of a row of runs that ends in one small read, by the number
//! of runs.

#![expect(clippy::print_stdout, reason = "a bench says what it measured")]

use std::rc::Rc;
use std::time::{Duration, Instant};

use backend_webgpu::{OpenOptions, WebGpu};
use futures::executor::block_on;
use tensor::{Activation, BackAxis, Device, Op, Tensor, Transposed, Usage};

fn main() {
    let is_measuring = std::env::args().any(|argument| argument == "--bench");
    let webgpu = match block_on(WebGpu::open(&OpenOptions::default())) {
        Ok(webgpu) => webgpu,
        Err(error) => {
            println!("SKIPPED: kernels: {error}");
            return;
        }
    };
    println!("{:#?}", webgpu.report());
    let ceilings = block_on(Ceilings::measure(is_measuring));
    println!(
        "ceilings: {:.1} TFLOP/s, {:.0} GB/s read and written",
        ceilings.operations / 1e12,
        ceilings.bytes / 1e9
    );
    let bench = Bench {
        device: webgpu.clone(),
        webgpu,
        ceilings,
        is_measuring,
    };
    bench.products();
    bench.memory();
}

/// Operations and bytes per second.
struct Ceilings {
    operations: f64,
    bytes: f64,
}

impl Ceilings {
    async fn measure(is_measuring: bool) -> Self {
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
        let adapter = instance
            .request_adapter(&wgpu::RequestAdapterOptions {
                power_preference: wgpu::PowerPreference::HighPerformance,
                ..Default::default()
            })
            .await
            .expect("it was opened before");
        let (device, queue) = adapter
            .request_device(&wgpu::DeviceDescriptor::default())
            .await
            .expect("it was opened before");
        let n_bytes: u64 = if is_measuring { 128 << 20 } else { 1 << 16 };
        let buffer = || {
            device.create_buffer(&wgpu::BufferDescriptor {
                label: None,
                size: n_bytes,
                usage: wgpu::BufferUsages::STORAGE,
                mapped_at_creation: false,
            })
        };
        let (from, to) = (buffer(), buffer());
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: None,
            source: wgpu::ShaderSource::Wgsl(include_str!("ceilings.wgsl").into()),
        });
        let time = |entry_point: &str, n_groups: u32, n_runs: u32| {
            let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                label: None,
                layout: None,
                module: &module,
                entry_point: Some(entry_point),
                compilation_options: Default::default(),
                cache: None,
            });
            let entries = [(0, &from), (1, &to)].map(|(binding, buffer)| wgpu::BindGroupEntry {
                binding,
                resource: buffer.as_entire_binding(),
            });
            let bind_group = device.create_bind_group(&wgpu::BindGroupDescriptor {
                label: None,
                layout: &pipeline.get_bind_group_layout(0),
                entries: &entries,
            });
            let run = |n_runs: u32| {
                let mut encoder = device.create_command_encoder(&Default::default());
                let mut pass = encoder.begin_compute_pass(&Default::default());
                pass.set_pipeline(&pipeline);
                pass.set_bind_group(0, &bind_group, &[]);
                for _ in 0..n_runs {
                    pass.dispatch_workgroups(n_groups, 1, 1);
                }
                drop(pass);
                let started = Instant::now();
                queue.submit([encoder.finish()]);
                device
                    .poll(wgpu::PollType::wait_indefinitely())
                    .expect("the device answers");
                started.elapsed().as_secs_f64()
            };
            run(n_runs);
            let shortest = (0..5).map(|_| run(n_runs)).fold(f64::MAX, f64::min);
            shortest / f64::from(n_runs)
        };
        let (n_groups, n_runs) = if is_measuring { (8192, 20) } else { (1, 1) };
        let operations = f64::from(n_groups) * 256.0 * 32768.0;
        Self {
            operations: operations / time("multiply_add", n_groups, n_runs),
            bytes: 2.0 * n_bytes as f64 / time("copy", n_groups, n_runs),
        }
    }
}

struct Bench {
    webgpu: Rc<WebGpu>,
    device: Device,
    ceilings: Ceilings,
    is_measuring: bool,
}

impl Bench {
    fn value(&self, shape: &[usize], usage: Usage) -> Tensor {
        let n: usize = shape.iter().product();
        let values = (0..n).map(|index| (index % 17) as f32 / 17.0 - 0.4);
        let shape = tensor::Shape::new(shape);
        Tensor::upload(&self.device, values.collect(), shape, usage).expect("there is room")
    }

    /// Seconds of one run of an op.
    fn time(&self, op: &Op, inputs: &[&Tensor]) -> f64 {
        let small = Op::Narrow {
            axis: BackAxis(0),
            start: 0,
            length: 1,
        };
        let probe = self.value(&[1], Usage::Value);
        let run = |n: usize| {
            let started = Instant::now();
            for _ in 0..n {
                let made = Tensor::apply(op.clone(), inputs).expect("the shapes fit");
                // Sums, nonlinearities and the like wait until they are needed.
                Tensor::apply(small.clone(), &[&made]).expect("there is a first value");
            }
            block_on(probe.read()).expect("the device works");
            started.elapsed()
        };
        run(1);
        if !self.is_measuring {
            return run(1).as_secs_f64();
        }
        let mut n = 1;
        while run(n) < Duration::from_millis(20) && n < 4096 {
            n *= 2;
        }
        let shortest = (0..5).map(|_| run(n)).min().unwrap_or_default();
        shortest.as_secs_f64() / n as f64
    }

    fn products(&self) {
        let sizes: &[(usize, usize, usize)] = match self.is_measuring {
            true => &[
                (1, 768, 768),
                (1, 768, 3072),
                (1, 768, 50257),
                (12, 768, 50257),
                (23, 768, 768),
                (23, 768, 3072),
                (256, 768, 768),
                (256, 768, 3072),
                (256, 3072, 768),
                (1150, 768, 768),
                (1150, 768, 3072),
                (1150, 3072, 768),
                (4096, 768, 768),
                (4096, 768, 3072),
                (4096, 3072, 768),
                (4096, 4096, 4096),
                (13800, 768, 3072),
            ],
            false => &[(1, 8, 12), (23, 16, 8), (130, 20, 140)],
        };
        println!(
            "{:<34} {:>10} {:>10} {:>9}",
            "product", "time, µs", "GFLOP/s", "ceiling"
        );
        for (m, k, n) in sizes.iter().copied() {
            let left = self.value(&[m, k], Usage::Value);
            let ways: &[(Transposed, [usize; 2])] =
                &[(Transposed::Neither, [k, n]), (Transposed::Right, [n, k])];
            for (transposed, shape) in ways {
                let right = self.value(shape, Usage::Weight);
                let seconds = self.time(&Op::MatMul(*transposed), &[&left, &right]);
                let operations = 2.0 * (m * k * n) as f64;
                let bytes = 4.0 * (m * k + k * n + m * n) as f64;
                let name = match transposed {
                    Transposed::Right => "x Wᵀ",
                    _ => "x W",
                };
                println!(
                    "{:<34} {:>10.1} {:>10.0} {:>8.0}% {:>8.0}% of bandwidth",
                    format!("{m} × {k} × {n}, {name}"),
                    seconds * 1e6,
                    operations / seconds / 1e9,
                    100.0 * operations / seconds / self.ceilings.operations,
                    100.0 * bytes / seconds / self.ceilings.bytes,
                );
            }
        }
        // Attention of 12 targets and 50 points at once.
        let (targets, points) = if self.is_measuring { (12, 50) } else { (2, 2) };
        let cotangents = self.value(&[targets, points, 12, 23, 64], Usage::Value);
        let values = self.value(&[points, 12, 23, 64], Usage::Value);
        let seconds = self.time(&Op::MatMul(Transposed::Right), &[&cotangents, &values]);
        let operations = 2.0 * (targets * points * 12 * 23 * 23 * 64) as f64;
        println!(
            "{:<34} {:>10.1} {:>10.0} {:>8.0}%",
            "attention of all targets, points",
            seconds * 1e6,
            operations / seconds / 1e9,
            100.0 * operations / seconds / self.ceilings.operations,
        );
    }

    fn memory(&self) {
        let (targets, rows) = if self.is_measuring {
            (12, 1150)
        } else {
            (2, 3)
        };
        let (hidden, inner) = (768, 3072);
        let wide = self.value(&[targets, rows, inner], Usage::Value);
        let own = self.value(&[rows, inner], Usage::Value);
        let hidden_rows = self.value(&[targets, rows, hidden], Usage::Value);
        let hidden_own = self.value(&[rows, hidden], Usage::Value);
        let bias = self.value(&[inner], Usage::Value);
        let attention = self.value(&[targets, rows / 23 + 1, 12, 23, 23], Usage::Value);
        let own_attention = self.value(&[rows / 23 + 1, 12, 23, 23], Usage::Value);
        let heads = self.value(&[targets, rows / 23 + 1, 23, 12, 64], Usage::Value);
        let epsilon = 1e-5;
        let cases: Vec<(&str, Op, Vec<&Tensor>)> = vec![
            ("add, same shape", Op::Add, vec![&wide, &wide]),
            (
                "multiply, shared by targets",
                Op::Multiply,
                vec![&wide, &own],
            ),
            ("add bias", Op::Add, vec![&wide, &bias]),
            ("gelu_new", Op::Activate(Activation::GeluNew), vec![&wide]),
            (
                "slope gelu_new",
                Op::Slope(Activation::GeluNew),
                vec![&wide],
            ),
            ("softmax, rows of 23", Op::Softmax, vec![&attention]),
            (
                "softmax pullback, rows of 23",
                Op::SoftmaxPullback,
                vec![&own_attention, &attention],
            ),
            (
                "normalize, rows of 768",
                Op::Normalize { epsilon },
                vec![&hidden_rows],
            ),
            (
                "normalize pullback, rows of 768",
                Op::NormalizePullback { epsilon },
                vec![&hidden_own, &hidden_rows],
            ),
            ("softmax, rows of 3072", Op::Softmax, vec![&wide]),
            ("log softmax, rows of 3072", Op::LogSoftmax, vec![&wide]),
            ("sum over the last axis", Op::Sum(BackAxis(0)), vec![&wide]),
            ("sum over targets", Op::Sum(BackAxis(2)), vec![&wide]),
            (
                "merge heads",
                Op::SwapAxes(BackAxis(2), BackAxis(1)),
                vec![&heads],
            ),
            (
                "narrow",
                Op::Narrow {
                    axis: BackAxis(1),
                    start: 1,
                    length: rows - 1,
                },
                vec![&wide],
            ),
        ];
        println!(
            "{:<34} {:>10} {:>10} {:>9}",
            "op", "time, µs", "GB/s", "ceiling"
        );
        for (name, op, inputs) in cases {
            let shapes: Vec<_> = inputs.iter().map(|input| input.shape()).collect();
            let output = tensor::output_shape(&op, &shapes).expect("the shapes fit");
            // Each value once, however often it is read.
            let read: usize = match name {
                "add, same shape" => 2 * shapes[0].n_values(),
                "narrow" => output.n_values(),
                _ => shapes.iter().map(|shape| shape.n_values()).sum(),
            };
            let seconds = self.time(&op, &inputs);
            let bytes = 4.0 * (read + output.n_values()) as f64;
            println!(
                "{name:<34} {:>10.1} {:>10.0} {:>8.0}%",
                seconds * 1e6,
                bytes / seconds / 1e9,
                100.0 * bytes / seconds / self.ceilings.bytes,
            );
        }
        println!("{:#?}", self.webgpu.report().counts);
    }
}
