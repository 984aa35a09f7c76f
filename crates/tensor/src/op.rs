use std::rc::Rc;

use crate::BackAxis;

/// Everything a device can be asked to compute.
///
/// Shapes in comments name only the trailing axes an op looks at; any leading axes
/// pass through. Two-input ops broadcast, aligned at the back.
#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    // Two inputs, value by value.
    /// `a + b`.
    Add,
    /// `a − b`.
    Subtract,
    /// `a × b`.
    Multiply,
    /// `a / b`.
    Divide,

    // One input, value by value.
    /// `x × factor`.
    Scale(f32),
    /// `exp(x)`.
    Exponential,
    /// `√x`.
    SquareRoot,
    /// The natural logarithm of `x`.
    Logarithm,
    /// A nonlinearity of a feed-forward block.
    Activate(Activation),
    /// The slope of that nonlinearity at `x`. Occurs in reverse passes only.
    Slope(Activation),

    // One input, along its last axis.
    /// `exp(x) / Σ exp(x)`.
    Softmax,
    /// `x − log Σ exp(x)`.
    LogSoftmax,
    /// `(x − mean) / √(variance + epsilon)`.
    Normalize {
        /// Added to the variance.
        epsilon: f32,
    },
    /// `1 / √(variance + epsilon)`, `[.., n]` → `[.., 1]`.
    InverseDeviation {
        /// Added to the variance.
        epsilon: f32,
    },
    /// 1 for the largest values, 0 for the rest: as few as reach `mass` of the softmax
    /// together, but at least `n_least`, and of these at most `n_most` and what equals
    /// the last of them. It moves in steps and has no derivative.
    Nucleus {
        /// From 0 to 1.
        mass: f32,
        /// Fewest values kept.
        n_least: usize,
        /// Most values kept.
        n_most: usize,
    },

    // Reverse passes only: one reading of a large cotangent instead of many. The
    // second input is the cotangent; it may have more leading axes than the first.
    /// Softmax's: of its output `p` and a cotangent `c`, `p (c − Σ c p)`.
    SoftmaxPullback,
    /// Normalize's: of its input, with `y` for its output and `r` for the inverse
    /// deviation, and a cotangent `c`, `r (c − mean c − y · mean(c y))`.
    NormalizePullback {
        /// Added to the variance.
        epsilon: f32,
    },

    // Products.
    /// Matrix product over the last two axes, `[m, k] × [k, n]` → `[m, n]`; axes
    /// before them broadcast.
    MatMul(Transposed),

    // Moving values.
    /// Sum over one axis, which stays with length 1.
    Sum(BackAxis),
    /// Repeats values: trailing shape `from` becomes `to`, aligned at the back.
    Broadcast {
        /// Trailing shape before.
        from: Vec<usize>,
        /// Trailing shape after; at least as many axes.
        to: Vec<usize>,
    },
    /// Names the same values by other axes: trailing shape `from` becomes `to`.
    Reshape {
        /// Trailing shape before.
        from: Vec<usize>,
        /// Trailing shape after; the same number of values.
        to: Vec<usize>,
    },
    /// Exchanges two axes.
    SwapAxes(BackAxis, BackAxis),
    /// Rows by number, `[rows, n]` → `[ids, n]`.
    PickRows(Rc<[u32]>),
    /// Adds rows up where they came from, `[ids, n]` → `[rows, n]`; other rows are 0.
    PlaceRows {
        /// Where each row goes.
        ids: Rc<[u32]>,
        /// How many rows there are after.
        n_rows: usize,
    },
    /// One value of each row, `[rows, columns]` → `[rows]`.
    PickColumns(Rc<[u32]>),
    /// One value into each row, `[rows]` → `[rows, columns]`; other values are 0.
    PlaceColumns {
        /// The column for each row.
        ids: Rc<[u32]>,
        /// How many columns there are after.
        n_columns: usize,
    },
    /// Two inputs one after the other along an axis; other axes agree.
    Concatenate(BackAxis),
    /// A range of an axis.
    Narrow {
        /// The axis.
        axis: BackAxis,
        /// First index kept.
        start: usize,
        /// How many are kept.
        length: usize,
    },
    /// Zeros before and after along an axis.
    Pad {
        /// The axis.
        axis: BackAxis,
        /// Zeros before.
        before: usize,
        /// Zeros after.
        after: usize,
    },
}

/// Which input of a matrix product is read as its transpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transposed {
    /// `a b`.
    Neither,
    /// `aᵀ b`.
    Left,
    /// `a bᵀ`.
    Right,
}

/// A nonlinearity, by the name Hugging Face configurations use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// `gelu_new`: `x/2 · (1 + tanh(√(2/π) (x + 0.044715 x³)))`.
    GeluNew,
    /// `gelu`: `x/2 · (1 + erf(x/√2))`.
    Gelu,
    /// `relu`: `max(x, 0)`.
    Relu,
    /// `swish` or `silu`: `x / (1 + exp(−x))`.
    Swish,
}

impl Op {
    /// A short name for messages and counters.
    pub fn name(&self) -> &'static str {
        match self {
            Op::Add => "add",
            Op::Subtract => "subtract",
            Op::Multiply => "multiply",
            Op::Divide => "divide",
            Op::Scale(_) => "scale",
            Op::Exponential => "exponential",
            Op::SquareRoot => "square root",
            Op::Logarithm => "logarithm",
            Op::Activate(_) => "activate",
            Op::Slope(_) => "slope",
            Op::Softmax => "softmax",
            Op::LogSoftmax => "log softmax",
            Op::Normalize { .. } => "normalize",
            Op::InverseDeviation { .. } => "inverse deviation",
            Op::SoftmaxPullback => "softmax pullback",
            Op::NormalizePullback { .. } => "normalize pullback",
            Op::Nucleus { .. } => "nucleus",
            Op::MatMul(_) => "matmul",
            Op::Sum(_) => "sum",
            Op::Broadcast { .. } => "broadcast",
            Op::Reshape { .. } => "reshape",
            Op::SwapAxes(..) => "swap axes",
            Op::PickRows(_) => "pick rows",
            Op::PlaceRows { .. } => "place rows",
            Op::PickColumns(_) => "pick columns",
            Op::PlaceColumns { .. } => "place columns",
            Op::Concatenate(_) => "concatenate",
            Op::Narrow { .. } => "narrow",
            Op::Pad { .. } => "pad",
        }
    }

    /// How many inputs it takes.
    pub fn n_inputs(&self) -> usize {
        match self {
            Op::Add
            | Op::Subtract
            | Op::Multiply
            | Op::Divide
            | Op::SoftmaxPullback
            | Op::NormalizePullback { .. }
            | Op::MatMul(_)
            | Op::Concatenate(_) => 2,
            _ => 1,
        }
    }
}
