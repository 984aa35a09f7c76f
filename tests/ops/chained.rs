//! Several ops one after the other, of which a backend may make one kernel: the same as
//! when each result is read and uploaded again before the next op sees it.

use inseq_tests::draws::Draws;
use inseq_tests::tolerance::OP;
use tensor::{BackAxis, Device, Op, Tensor, Transposed};

use crate::cases::values;
use crate::devices::devices;
use crate::run::{assert_near, read, upload};

/// Applies an op.
type Apply<'a> = dyn Fn(Op, &[&Tensor]) -> Tensor + 'a;

/// Compares a chain with itself taken apart, on inputs of these shapes and every device.
fn assert_same(name: &str, shapes: &[&[usize]], chain: impl Fn(&Apply<'_>, &[Tensor]) -> Tensor) {
    let apply = |op: Op, inputs: &[&Tensor]| Tensor::apply(op, inputs).expect("the shapes fit");
    for device in devices() {
        let mut draws = Draws::new(shapes.len() as u64);
        let arrays: Vec<_> = shapes
            .iter()
            .map(|shape| values(&mut draws, shape.to_vec()))
            .collect();
        let uploaded = |device: &Device| -> Vec<Tensor> {
            arrays.iter().map(|array| upload(device, array)).collect()
        };
        let inputs = uploaded(&device);
        let apart = |op: Op, inputs: &[&Tensor]| upload(&device, &read(&apply(op, inputs)));
        let expected = read(&chain(&apart, &inputs));
        let place = format!("{name} {shapes:?} on {}", device.name());
        assert_near(OP, &place, &expected, &read(&chain(&apply, &inputs)));
    }
}

#[test]
fn layer_norm() {
    let epsilon = 1e-5;
    let cases: [&[&[usize]]; 5] = [
        &[&[2, 3, 40], &[40], &[40]],
        &[&[5], &[5], &[5]],
        // No weight and bias of a layer norm: of another shape, or one for each row.
        &[&[2, 3, 40], &[1], &[40]],
        &[&[3, 40], &[40], &[3, 40]],
        &[&[3, 40], &[2, 1, 40], &[2, 3, 1]],
    ];
    for shapes in cases {
        assert_same("normalize, multiply, add", shapes, |apply, inputs| {
            let normalized = apply(Op::Normalize { epsilon }, &[&inputs[0]]);
            let scaled = apply(Op::Multiply, &[&normalized, &inputs[1]]);
            apply(Op::Add, &[&scaled, &inputs[2]])
        });
        assert_same("normalize, multiplied by", shapes, |apply, inputs| {
            let normalized = apply(Op::Normalize { epsilon }, &[&inputs[0]]);
            let scaled = apply(Op::Multiply, &[&inputs[1], &normalized]);
            apply(Op::Subtract, &[&scaled, &inputs[2]])
        });
        assert_same("normalize, add, multiply", shapes, |apply, inputs| {
            let normalized = apply(Op::Normalize { epsilon }, &[&inputs[0]]);
            let moved = apply(Op::Add, &[&normalized, &inputs[1]]);
            apply(Op::Multiply, &[&moved, &inputs[2]])
        });
    }
    assert_same("normalize, scale", &[&[3, 40]], |apply, inputs| {
        let normalized = apply(Op::Normalize { epsilon }, &[&inputs[0]]);
        let turned = apply(Op::SwapAxes(BackAxis(0), BackAxis(1)), &[&normalized]);
        // Used twice: what waits is computed for each.
        let sum = apply(Op::Sum(BackAxis(0)), &[&normalized]);
        let turned = apply(Op::Scale(0.5), &[&turned]);
        let turned = apply(Op::SwapAxes(BackAxis(1), BackAxis(0)), &[&turned]);
        apply(Op::Add, &[&turned, &sum])
    });
}

#[test]
fn softmax_with_mask() {
    let cases: [&[&[usize]]; 6] = [
        &[&[2, 3, 4, 5], &[4, 5]],
        &[&[4, 5], &[4, 5]],
        &[&[2, 1, 5], &[1, 5]],
        &[&[2, 4, 1], &[4, 1]],
        // No masks: one for each head, or one row.
        &[&[2, 3, 4, 5], &[3, 4, 5]],
        &[&[2, 3, 4, 5], &[5]],
    ];
    for shapes in cases {
        for op in [Op::Add, Op::Subtract] {
            assert_same("masked softmax", shapes, |apply, inputs| {
                let masked = apply(op.clone(), &[&inputs[0], &inputs[1]]);
                apply(Op::Softmax, &[&masked])
            });
        }
        assert_same("mask first", shapes, |apply, inputs| {
            let scaled = apply(Op::Scale(0.3), &[&inputs[0]]);
            let masked = apply(Op::Add, &[&inputs[1], &scaled]);
            apply(Op::Softmax, &[&masked])
        });
    }
}

/// `[.., tokens, hidden]` → `[.., heads, tokens, width]`.
fn split(apply: &Apply<'_>, input: &Tensor, heads: &[usize]) -> Tensor {
    let op = Op::Reshape {
        from: vec![heads.iter().product()],
        to: heads.to_vec(),
    };
    let cut = apply(op, &[input]);
    apply(Op::SwapAxes(BackAxis(2), BackAxis(1)), &[&cut])
}

#[test]
fn heads_are_multiplied_where_they_lie() {
    let cases: [(&[&[usize]], &[usize]); 4] = [
        (&[&[2, 7, 12], &[2, 5, 12]], &[3, 4]),
        (&[&[3, 2, 7, 12], &[2, 5, 12]], &[3, 4]),
        (&[&[1, 12], &[1, 12]], &[12, 1]),
        (&[&[7, 12], &[5, 12]], &[1, 12]),
    ];
    for (shapes, heads) in cases {
        let shapes = [shapes, &[&[12]]].concat();
        assert_same("scores of heads", &shapes, |apply, inputs| {
            let biased = apply(Op::Add, &[&inputs[0], &inputs[2]]);
            let queries = split(apply, &biased, heads);
            let keys = split(apply, &inputs[1], heads);
            apply(Op::MatMul(Transposed::Right), &[&queries, &keys])
        });
        assert_same("products of heads", &shapes, |apply, inputs| {
            let left = split(apply, &inputs[0], heads);
            let right = split(apply, &inputs[1], heads);
            let scores = apply(Op::MatMul(Transposed::Right), &[&left, &right]);
            let weighed = apply(Op::MatMul(Transposed::Neither), &[&scores, &right]);
            let swapped = apply(Op::SwapAxes(BackAxis(2), BackAxis(1)), &[&weighed]);
            let merge = Op::Reshape {
                from: heads.to_vec(),
                to: vec![12],
            };
            let merged = apply(merge, &[&swapped]);
            // The other way around, as a reverse pass goes.
            let again = split(apply, &merged, heads);
            apply(Op::MatMul(Transposed::Left), &[&scores, &again])
        });
    }
}

#[test]
fn axes_are_cut_and_joined() {
    let cuts: [(&[usize], &[usize]); 7] = [
        (&[6], &[2, 3]),
        (&[4, 6], &[2, 2, 3, 2]),
        (&[4, 6], &[1, 4, 1, 6, 1]),
        // No cuts of each.
        (&[4, 6], &[6, 4]),
        (&[4, 6], &[3, 8]),
        (&[4, 6], &[24]),
        (&[1, 6], &[6]),
    ];
    for (from, to) in cuts {
        let shape = [&[3][..], from].concat();
        let width = from.last().copied().unwrap_or(1);
        assert_same("reshape", &[&shape, &[width]], |apply, inputs| {
            let moved = apply(Op::Add, &[&inputs[0], &inputs[1]]);
            let (from, to) = (from.to_vec(), to.to_vec());
            let cut = apply(Op::Reshape { from, to }, &[&moved]);
            let first = BackAxis(cut.shape().rank() - 1);
            apply(Op::SwapAxes(first, BackAxis(0)), &[&cut])
        });
    }
}
