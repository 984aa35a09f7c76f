//! A case of every op, with shapes and values drawn from a seed.

use inseq_tests::draws::Draws;
use tensor::{Activation, BackAxis, Op, Transposed};

use crate::host_array::HostArray;

/// One op and what it is given.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) op: Op,
    pub(crate) inputs: Vec<HostArray>,
}

/// Names every variant of [`Op`], exhaustively: a new one does not compile until it
/// stands here, and then [`crate::every_op_has_a_case`] asks for its case.
macro_rules! variants {
    ($($name:literal: $pattern:pat),* $(,)?) => {
        pub(crate) const VARIANTS: &[&str] = &[$($name),*];

        pub(crate) fn variant(op: &Op) -> &'static str {
            match op {
                $($pattern => $name),*
            }
        }
    };
}

variants! {
    "add": Op::Add,
    "subtract": Op::Subtract,
    "multiply": Op::Multiply,
    "divide": Op::Divide,
    "scale": Op::Scale(_),
    "exponential": Op::Exponential,
    "square root": Op::SquareRoot,
    "logarithm": Op::Logarithm,
    "activate gelu_new": Op::Activate(Activation::GeluNew),
    "activate gelu": Op::Activate(Activation::Gelu),
    "activate relu": Op::Activate(Activation::Relu),
    "activate swish": Op::Activate(Activation::Swish),
    "slope gelu_new": Op::Slope(Activation::GeluNew),
    "slope gelu": Op::Slope(Activation::Gelu),
    "slope relu": Op::Slope(Activation::Relu),
    "slope swish": Op::Slope(Activation::Swish),
    "softmax": Op::Softmax,
    "log softmax": Op::LogSoftmax,
    "normalize": Op::Normalize { .. },
    "inverse deviation": Op::InverseDeviation { .. },
    "nucleus": Op::Nucleus { .. },
    "softmax pullback": Op::SoftmaxPullback,
    "normalize pullback": Op::NormalizePullback { .. },
    "matmul": Op::MatMul(Transposed::Neither),
    "matmul, left transposed": Op::MatMul(Transposed::Left),
    "matmul, right transposed": Op::MatMul(Transposed::Right),
    "sum": Op::Sum(_),
    "broadcast": Op::Broadcast { .. },
    "reshape": Op::Reshape { .. },
    "swap axes": Op::SwapAxes(..),
    "pick rows": Op::PickRows(_),
    "place rows": Op::PlaceRows { .. },
    "pick columns": Op::PickColumns(_),
    "place columns": Op::PlaceColumns { .. },
    "concatenate": Op::Concatenate(_),
    "narrow": Op::Narrow { .. },
    "pad": Op::Pad { .. },
}

pub(crate) const ACTIVATIONS: [Activation; 4] = [
    Activation::GeluNew,
    Activation::Gelu,
    Activation::Relu,
    Activation::Swish,
];

/// Every op once; other seeds have other shapes and values.
pub(crate) fn cases(seed: u64) -> Vec<Case> {
    let mut draws = Draws::new(seed);
    let mut cases = value_by_value(&mut draws);
    cases.extend(along_rows(&mut draws));
    cases.extend(pullbacks(&mut draws));
    cases.extend(products(&mut draws));
    cases.extend(moves(&mut draws));
    cases.extend(rows_and_columns(&mut draws));
    cases
}

fn value_by_value(draws: &mut Draws) -> Vec<Case> {
    let mut cases = Vec::new();
    for op in [Op::Add, Op::Subtract, Op::Multiply, Op::Divide] {
        let shape = shape(draws, 1, 3);
        let left = broadcast_shape(draws, &shape);
        // One of the two has the full shape, so that the result has it.
        let (left, right) = match draws.coin() {
            true => (shape, left),
            false => (left, shape),
        };
        let inputs = vec![values(draws, left), away_from_zero(draws, right)];
        cases.push(Case { op, inputs });
    }
    let factor = draws.uniform(-2.0, 2.0);
    let lone = [
        Op::Scale(factor),
        Op::Exponential,
        Op::SquareRoot,
        Op::Logarithm,
    ];
    let activations = ACTIVATIONS.map(Op::Activate);
    let slopes = ACTIVATIONS.map(Op::Slope);
    for op in lone.into_iter().chain(activations).chain(slopes) {
        let shape = shape(draws, 0, 3);
        let input = match op {
            Op::SquareRoot | Op::Logarithm => away_from_zero(draws, shape).map(f64::abs),
            _ => away_from_zero(draws, shape),
        };
        let inputs = vec![input];
        cases.push(Case { op, inputs });
    }
    cases
}

fn along_rows(draws: &mut Draws) -> Vec<Case> {
    let epsilon = draws.one_of(&[1e-5, 1e-3, 0.5]);
    let n_least = draws.between(0, 3);
    [
        Op::Softmax,
        Op::LogSoftmax,
        Op::Normalize { epsilon },
        Op::InverseDeviation { epsilon },
        Op::Nucleus {
            mass: draws.uniform(0.05, 0.95),
            n_least,
            n_most: n_least + draws.between(0, 9),
        },
    ]
    .map(|op| {
        let mut shape = shape(draws, 0, 2);
        // Of two values normalized, nothing is left but their signs.
        shape.push(draws.between(3, 9));
        let inputs = vec![values(draws, shape)];
        Case { op, inputs }
    })
    .into()
}

/// Whether an op has no derivative: it occurs in reverse passes only, or moves in steps.
pub(crate) fn has_no_derivative(op: &Op) -> bool {
    matches!(
        op,
        Op::Slope(_) | Op::SoftmaxPullback | Op::NormalizePullback { .. } | Op::Nucleus { .. }
    )
}

/// The cotangent may have more leading axes than what it is pulled back through.
fn pullbacks(draws: &mut Draws) -> Vec<Case> {
    let epsilon = draws.one_of(&[1e-5, 1e-3, 0.5]);
    [Op::SoftmaxPullback, Op::NormalizePullback { epsilon }]
        .map(|op| {
            let mut own = shape(draws, 0, 2);
            own.push(draws.between(3, 9));
            let cotangent = [shape(draws, 0, 2), own.clone()].concat();
            let inputs = vec![values(draws, own), values(draws, cotangent)];
            Case { op, inputs }
        })
        .into()
}

fn products(draws: &mut Draws) -> Vec<Case> {
    let mut cases = Vec::new();
    for transposed in [Transposed::Neither, Transposed::Left, Transposed::Right] {
        let (m, k, n) = (
            draws.between(1, 4),
            draws.between(1, 5),
            draws.between(1, 4),
        );
        let leading = shape(draws, 0, 2);
        let other = broadcast_shape(draws, &leading);
        let (left, right) = match draws.coin() {
            true => (leading, other),
            false => (other, leading),
        };
        let left_matrix = match transposed {
            Transposed::Left => [k, m],
            _ => [m, k],
        };
        let right_matrix = match transposed {
            Transposed::Right => [n, k],
            _ => [k, n],
        };
        let inputs = vec![
            values(draws, [left, left_matrix.to_vec()].concat()),
            values(draws, [right, right_matrix.to_vec()].concat()),
        ];
        let op = Op::MatMul(transposed);
        cases.push(Case { op, inputs });
    }
    cases
}

fn moves(draws: &mut Draws) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut add = |op: Op, inputs: Vec<HostArray>| cases.push(Case { op, inputs });

    let (lengths, axis) = shape_and_axis(draws);
    add(Op::Sum(axis), vec![values(draws, lengths)]);

    let to = shape(draws, 1, 3);
    let from = broadcast_shape(draws, &to);
    let lengths = [shape(draws, 0, 2), from.clone()].concat();
    add(Op::Broadcast { from, to }, vec![values(draws, lengths)]);

    let (a, b, c) = (
        draws.between(1, 3),
        draws.between(1, 3),
        draws.between(1, 3),
    );
    let (from, to) = draws.one_of(&[(0, 1), (1, 0), (0, 2), (2, 1)]);
    let ways = [vec![a, b, c], vec![a * b, c], vec![c, b, a]];
    let (from, to) = (ways[from].clone(), ways[to].clone());
    let lengths = [shape(draws, 0, 2), from.clone()].concat();
    add(Op::Reshape { from, to }, vec![values(draws, lengths)]);

    let (lengths, axis) = shape_and_axis(draws);
    let other = BackAxis(draws.between(0, lengths.len() - 1));
    add(Op::SwapAxes(axis, other), vec![values(draws, lengths)]);

    let (lengths, axis) = shape_and_axis(draws);
    let index = lengths.len() - 1 - axis.0;
    let mut second = lengths.clone();
    second[index] = draws.between(1, 4);
    let inputs = vec![values(draws, lengths), values(draws, second)];
    add(Op::Concatenate(axis), inputs);

    let (lengths, axis) = shape_and_axis(draws);
    let available = lengths[lengths.len() - 1 - axis.0];
    let start = draws.between(0, available - 1);
    let length = draws.between(1, available - start);
    let narrow = Op::Narrow {
        axis,
        start,
        length,
    };
    add(narrow, vec![values(draws, lengths)]);

    let (lengths, axis) = shape_and_axis(draws);
    let pad = Op::Pad {
        axis,
        before: draws.between(0, 2),
        after: draws.between(0, 2),
    };
    add(pad, vec![values(draws, lengths)]);
    cases
}

fn rows_and_columns(draws: &mut Draws) -> Vec<Case> {
    let n = draws.between(1, 5);
    // More ids than rows: some row is taken twice.
    let n_ids = draws.between(1, n + 2);
    let last = u32::try_from(n - 1).expect("a small number");
    let ids: std::rc::Rc<[u32]> = draws.ids(n_ids, 0, last).into();
    let leading = shape(draws, 0, 2);
    let width = draws.between(1, 4);
    [
        (Op::PickRows(ids.clone()), vec![n, width]),
        (
            Op::PlaceRows {
                ids: ids.clone(),
                n_rows: n,
            },
            vec![n_ids, width],
        ),
        (Op::PickColumns(ids.clone()), vec![n_ids, n]),
        (Op::PlaceColumns { ids, n_columns: n }, vec![n_ids]),
    ]
    .map(|(op, trailing)| Case {
        op,
        inputs: vec![values(draws, [leading.clone(), trailing].concat())],
    })
    .into()
}

fn shape(draws: &mut Draws, fewest: usize, most: usize) -> Vec<usize> {
    let rank = draws.between(fewest, most);
    (0..rank).map(|_| draws.between(1, 4)).collect()
}

fn shape_and_axis(draws: &mut Draws) -> (Vec<usize>, BackAxis) {
    let shape = shape(draws, 1, 4);
    let axis = BackAxis(draws.between(0, shape.len() - 1));
    (shape, axis)
}

/// A shape that broadcasts to another: some axes missing in front, some of length 1.
fn broadcast_shape(draws: &mut Draws, to: &[usize]) -> Vec<usize> {
    let n_missing = draws.between(0, to.len());
    let kept = to[n_missing..].iter();
    kept.map(|length| if draws.coin() { *length } else { 1 })
        .collect()
}

pub(crate) fn values(draws: &mut Draws, shape: Vec<usize>) -> HostArray {
    let n = shape.iter().product();
    let values = draws.values(n, 1.0).into_iter().map(f64::from).collect();
    HostArray::new(shape, values)
}

/// No value near zero, where division explodes and `relu` has no slope.
fn away_from_zero(draws: &mut Draws, shape: Vec<usize>) -> HostArray {
    const NEAREST: f64 = 0.25;
    values(draws, shape).map(|x| x + NEAREST.copysign(x))
}
