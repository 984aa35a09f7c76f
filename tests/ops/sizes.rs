//! Sizes at which backends change their ways: larger than a tile and not a multiple of
//! one, few rows, wide rows, many matrices, weights in several parts, and programs that
//! are longer than a kernel has room for.

use backend_cpu::Cpu;
use backend_webgpu::{OpenError, OpenOptions, WebGpu};
use inseq_tests::draws::Draws;
use inseq_tests::tolerance::{DERIVATIVE, OP, REORDERED, within};
use inseq_tests::webgpu::webgpu;
use tensor::{Activation, BackAxis, Device, Op, Shape, Tensor, Transposed, Usage};

use crate::cases::values;
use crate::devices::devices;
use crate::host_array::HostArray;
use crate::reference::reference;
use crate::run::{assert_near, forward, read, upload};

const TRANSPOSED: [Transposed; 3] = [Transposed::Neither, Transposed::Left, Transposed::Right];

/// Inputs of a product of m rows, n columns and k summed values.
fn operands(
    draws: &mut Draws,
    transposed: Transposed,
    (m, k, n): (usize, usize, usize),
    (left, right): (&[usize], &[usize]),
) -> [HostArray; 2] {
    let (left_matrix, right_matrix) = match transposed {
        Transposed::Neither => ([m, k], [k, n]),
        Transposed::Left => ([k, m], [k, n]),
        Transposed::Right => ([m, k], [n, k]),
    };
    [
        values(draws, [left, &left_matrix].concat()),
        values(draws, [right, &right_matrix].concat()),
    ]
}

#[test]
fn products_of_every_size_agree_with_plain_loops() {
    let sizes = [
        (1, 70, 301),
        (3, 200, 45),
        (8, 33, 520),
        (9, 16, 17),
        (40, 65, 33),
        (64, 32, 64),
        (70, 50, 700),
        (129, 47, 130),
        (300, 24, 1290),
    ];
    for device in devices() {
        for (seed, size) in (0..).zip(sizes) {
            for transposed in TRANSPOSED {
                let inputs = operands(&mut Draws::new(seed), transposed, size, (&[], &[]));
                let op = Op::MatMul(transposed);
                let place = format!("{transposed:?} {size:?} on {}", device.name());
                let expected = reference(&op, &inputs);
                assert_near(OP, &place, &expected, &forward(&device, &op, &inputs));
            }
        }
    }
}

#[test]
fn products_of_many_matrices_agree_with_plain_loops() {
    // Leading axes of both, or of one that the other lacks or has once; the last has
    // more of them than a kernel's table of axes.
    let leadings: [(&[usize], &[usize]); 6] = [
        (&[5, 3], &[5, 3]),
        (&[4, 5, 3], &[5, 3]),
        (&[4, 1, 3], &[5, 1]),
        (&[2], &[3, 1]),
        (&[7], &[]),
        (&[2, 1, 2, 1, 2], &[1, 2, 1, 2, 1]),
    ];
    for device in devices() {
        for (seed, (left, right)) in (0..).zip(leadings) {
            for transposed in TRANSPOSED {
                // The second is worth being shared among threads.
                for size in [(7, 12, 9), (40, 33, 70)] {
                    let inputs = operands(&mut Draws::new(seed), transposed, size, (left, right));
                    let op = Op::MatMul(transposed);
                    let place = format!("{transposed:?} {size:?} {left:?} {right:?}");
                    let place = format!("{place} on {}", device.name());
                    let expected = reference(&op, &inputs);
                    assert_near(OP, &place, &expected, &forward(&device, &op, &inputs));
                }
            }
        }
    }
}

#[test]
fn more_matrices_than_a_grid_has_room_for() {
    const N: usize = 70_000;
    let mut draws = Draws::new(3);
    let inputs = operands(&mut draws, Transposed::Neither, (1, 2, 1), (&[N], &[N]));
    let op = Op::MatMul(Transposed::Neither);
    let expected = reference(&op, &inputs);
    for device in devices() {
        let found = forward(&device, &op, &inputs);
        assert_near(OP, device.name(), &expected, &found);
    }
}

#[test]
fn rows_of_every_width_agree_with_plain_loops() {
    let epsilon = 1e-5;
    for device in devices() {
        for width in [1, 2, 31, 33, 130, 257, 1500] {
            let mut draws = Draws::new(width as u64);
            let own = values(&mut draws, vec![3, width]);
            let cotangent = values(&mut draws, vec![2, 3, width]);
            let cases = [
                (Op::Softmax, vec![own.clone()]),
                (Op::LogSoftmax, vec![own.clone()]),
                (Op::Normalize { epsilon }, vec![own.clone()]),
                (Op::InverseDeviation { epsilon }, vec![own.clone()]),
                (Op::Sum(BackAxis(0)), vec![own.clone()]),
                (Op::Sum(BackAxis(1)), vec![own.clone()]),
                (Op::SoftmaxPullback, vec![own.clone(), cotangent.clone()]),
                (
                    Op::NormalizePullback { epsilon },
                    vec![own.clone(), cotangent.clone()],
                ),
                (
                    Op::Nucleus {
                        mass: 0.6,
                        n_least: 3,
                        n_most: width / 2,
                    },
                    vec![own.clone()],
                ),
            ];
            for (op, inputs) in cases {
                // Of one value, or two, normalizing leaves nothing but a sign.
                if width < 3 && matches!(op, Op::NormalizePullback { .. } | Op::Normalize { .. }) {
                    continue;
                }
                let place = format!("{op:?}, rows of {width} on {}", device.name());
                let expected = reference(&op, &inputs);
                let found = forward(&device, &op, &inputs);
                assert_near(DERIVATIVE, &place, &expected, &found);
            }
        }
    }
}

#[test]
fn long_programs_equal_their_steps() {
    for device in devices() {
        let mut draws = Draws::new(11);
        let start = values(&mut draws, vec![3, 4, 8]).map(|x| x.abs() + 0.5);
        let others: Vec<HostArray> = [vec![8], vec![4, 1], vec![3, 4, 8], vec![1]]
            .map(|shape| values(&mut draws, shape).map(|x| x.abs() + 0.5))
            .into();
        let mut together = upload(&device, &start);
        let mut apart = start;
        for round in 0..12 {
            let other = &others[round % others.len()];
            let beside = upload(&device, other);
            let binary = [Op::Add, Op::Multiply, Op::Subtract, Op::Divide][round % 4].clone();
            // Both ways around, and with a nonlinearity between.
            let is_reversed = round % 3 == 1;
            let (tensors, arrays) = match is_reversed {
                true => ([&beside, &together], [other.clone(), apart.clone()]),
                false => ([&together, &beside], [apart.clone(), other.clone()]),
            };
            together = Tensor::apply(binary.clone(), &tensors).unwrap();
            apart = reference(&binary, &arrays);
            let unary = match round % 2 {
                0 => Op::Activate(Activation::Swish),
                _ => Op::Scale(0.75),
            };
            together = Tensor::apply(unary.clone(), &[&together]).unwrap();
            apart = reference(&unary, &[apart]);
            let swap = Op::SwapAxes(BackAxis(0), BackAxis(0));
            together = Tensor::apply(swap, &[&together]).unwrap();
        }
        assert_near(DERIVATIVE, device.name(), &apart, &read(&together));
    }
}

#[test]
fn views_of_views_are_what_their_copies_are() {
    for device in devices() {
        let mut draws = Draws::new(5);
        let input = values(&mut draws, vec![2, 3, 1, 4]);
        let ops = [
            Op::SwapAxes(BackAxis(0), BackAxis(2)),
            Op::Broadcast {
                from: vec![1, 3],
                to: vec![2, 5, 3],
            },
            Op::SwapAxes(BackAxis(1), BackAxis(3)),
            Op::Scale(2.0),
            Op::SwapAxes(BackAxis(0), BackAxis(4)),
            Op::Sum(BackAxis(1)),
        ];
        let mut waiting = upload(&device, &input);
        let mut expected = input;
        for op in ops {
            waiting = Tensor::apply(op.clone(), &[&waiting]).unwrap();
            expected = reference(&op, &[expected]);
        }
        assert_near(OP, device.name(), &expected, &read(&waiting));
    }
}

/// Weights, and everything that is done with them.
fn products_with(device: &Device, weight: &HostArray) -> Vec<Vec<f32>> {
    let mut draws = Draws::new(9);
    let [n_rows, n_columns] = weight.shape[..] else {
        unreachable!("weights are matrices")
    };
    let shape = Shape::new(weight.shape.clone());
    let weight = Tensor::upload(device, weight.floats(), shape, Usage::Weight).unwrap();
    let by_columns = upload(device, &values(&mut draws, vec![2, 3, n_columns]));
    let by_rows = upload(device, &values(&mut draws, vec![2, 3, n_rows]));
    let last = u32::try_from(n_rows - 1).unwrap();
    [
        by_columns.matmul_transposed(&weight),
        by_rows.matmul(&weight),
        weight.pick_rows(&[last, 0, last / 2, 0]),
        weight.scale(1.0),
    ]
    .map(|made| futures::executor::block_on(made.unwrap().read()).unwrap())
    .into()
}

#[test]
fn weights_too_large_for_a_binding_are_used_in_parts() {
    let weight = values(&mut Draws::new(1), vec![1000, 24]);
    // 96 kB of weights in parts of 10 kB; what is made of all of them at once has no
    // room, and that is said.
    let small = OpenOptions {
        largest_binding_bytes: Some(10_000),
        ..OpenOptions::default()
    };
    let Some(parted) = webgpu(&small) else { return };
    let parted: Device = parted;
    let whole = Cpu::device();
    let without_copy = |device: &Device| {
        let mut draws = Draws::new(9);
        let shape = Shape::new(weight.shape.clone());
        let weight = Tensor::upload(device, weight.floats(), shape, Usage::Weight).unwrap();
        let by_columns = upload(device, &values(&mut draws, vec![2, 24]));
        let by_rows = upload(device, &values(&mut draws, vec![2, 1000]));
        [
            by_columns.matmul_transposed(&weight),
            by_rows.matmul(&weight),
            weight.pick_rows(&[999, 0, 500, 0, 103, 104]),
        ]
        .map(|made| futures::executor::block_on(made.unwrap().read()).unwrap())
    };
    for (expected, found) in without_copy(&whole).iter().zip(&without_copy(&parted)) {
        within(REORDERED, expected, found).unwrap();
    }
    let shape = Shape::new(weight.shape.clone());
    let weight = Tensor::upload(&parted, weight.floats(), shape, Usage::Weight).unwrap();
    let copied = weight.scale(1.0);
    assert!(
        matches!(copied, Err(tensor::Error::OutOfMemory { .. })),
        "{copied:?}"
    );
}

#[test]
fn weights_of_sixteen_bits_are_rounded_and_nothing_else() {
    let Some(plain) = webgpu(&OpenOptions::default()) else {
        return;
    };
    let narrow = OpenOptions {
        keeps_weights_as_f16: true,
        ..OpenOptions::default()
    };
    if !plain.report().has_f16 {
        assert!(matches!(
            futures::executor::block_on(WebGpu::open(&narrow)),
            Err(OpenError::NoF16 { .. })
        ));
        return println!("SKIPPED: 16-bit weights: the device does not read them");
    }
    let device = webgpu(&narrow).unwrap();
    let device: Device = device;
    // Values that 16 bits hold exactly: what is computed must not be rounded.
    let weight = values(&mut Draws::new(1), vec![50, 24]).map(|x| (x * 512.0).round() / 512.0);
    let expected = products_with(&Cpu::device(), &weight);
    for (expected, found) in expected.iter().zip(&products_with(&device, &weight)) {
        within(OP, expected, found).unwrap();
    }
    let fine = values(&mut Draws::new(2), vec![50, 24]);
    let expected = products_with(&Cpu::device(), &fine);
    let found = products_with(&device, &fine);
    assert!(
        within(OP, &expected[3], &found[3]).is_err(),
        "16 bits cannot hold these"
    );
}

#[test]
fn weights_packed_or_not_are_the_same() {
    let [plain, packed] = [Cpu::device(), Cpu::device_as_in_browsers()];
    for shape in [[50, 24], [1000, 24], [33, 70]] {
        let weight = values(&mut Draws::new(1), shape.to_vec());
        let expected = products_with(&plain, &weight);
        for (expected, found) in expected.iter().zip(&products_with(&packed, &weight)) {
            within(REORDERED, expected, found).unwrap();
        }
    }
}

#[test]
fn zero_rows_come_back_as_zero_rows_and_the_others_as_they_would() {
    for device in devices() {
        for (seed, n_zero) in (0..).zip([1, 3, 9, 12]) {
            // What is left of the second is shared among threads by columns, of most of the
            // third by rows.
            for ((m, k, n), transposed) in [
                ((6, 20, 40), Transposed::Neither),
                ((6, 20, 40), Transposed::Right),
                ((6, 70, 3000), Transposed::Neither),
                ((6, 70, 3000), Transposed::Right),
                ((150, 20, 400), Transposed::Neither),
                ((150, 20, 400), Transposed::Right),
            ] {
                let mut draws = Draws::new(seed);
                let [mut left, right] = operands(&mut draws, transposed, (m, k, n), (&[2], &[]));
                // Spread over both matrices.
                for row in 0..n_zero * m / 6 {
                    let start = (row * 7 % (2 * m)) * k;
                    left.values[start..start + k].fill(0.0);
                }
                let op = Op::MatMul(transposed);
                let weight = Shape::new(right.shape.clone());
                let weight = Tensor::upload(&device, right.floats(), weight, Usage::Weight);
                let inputs = [left, right];
                let place = format!("{n_zero} of 12 rows zero, {m} × {k} × {n}, {transposed:?}");
                let place = format!("{place} on {}", device.name());
                let expected = reference(&op, &inputs);
                let rows = upload(&device, &inputs[0]);
                let found = Tensor::apply(op, &[&rows, &weight.unwrap()]).unwrap();
                assert_near(OP, &place, &expected, &read(&found));
            }
        }
    }
}
