use std::rc::Rc;

use tensor::{Activation, BackAxis, Op, Shape};

use crate::stored::Ready;

/// How values are computed from others, one by one: a program on a few inputs, each
/// walked in its own way.
///
/// Sums, products, nonlinearities, broadcasts and exchanges of axes wait as one of
/// these until something needs their values. What follows takes it in, so that a bias,
/// a nonlinearity and the product by a cotangent become one kernel, and what only they
/// needed is never stored.
#[derive(Clone)]
pub(crate) struct Expression {
    pub(crate) lengths: Vec<usize>,
    pub(crate) inputs: Vec<Walked>,
    pub(crate) steps: Vec<Step>,
    /// The first input's rows are normalized before all steps, with this epsilon. Only
    /// layer norm's weight and bias may follow.
    pub(crate) normalized: Option<f32>,
}

/// An input, and how far apart its values are along each axis of the output.
#[derive(Clone)]
pub(crate) struct Walked {
    pub(crate) value: Rc<Ready>,
    pub(crate) strides: Vec<usize>,
}

/// A code of `pointwise.wgsl`, and its constant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Step {
    pub(crate) code: u32,
    pub(crate) factor: f32,
}

/// The second input is added.
const ADD: u32 = 0;

/// The kernel's room for inputs, steps and axes.
pub(crate) const MOST_INPUTS: usize = 3;
const MOST_STEPS: usize = 8;
pub(crate) const MOST_AXES: usize = 8;

impl Expression {
    /// The values of one input as they are.
    pub(crate) fn of(value: Rc<Ready>, shape: &Shape) -> Self {
        Self {
            lengths: shape.lengths().to_vec(),
            inputs: vec![Walked {
                value,
                strides: strides(shape.lengths()),
            }],
            steps: Vec::new(),
            normalized: None,
        }
    }

    /// The rows of one input, normalized.
    pub(crate) fn normalized(value: Rc<Ready>, shape: &Shape, epsilon: f32) -> Self {
        Self {
            normalized: Some(epsilon),
            ..Self::of(value, shape)
        }
    }

    /// Layer norm's next step, if this is one: a weight that multiplies the normalized
    /// rows, or a bias that is added to the result.
    pub(crate) fn layer_norm_step(self, operation: &Op, other: &Self) -> Option<Self> {
        let is_next = matches!(
            (self.steps.len(), operation),
            (0, Op::Multiply) | (1, Op::Add)
        );
        let is_one_row = other.is_view() && self.lengths.ends_with(&other.lengths);
        if self.normalized.is_none() || !is_next || !is_one_row || other.lengths.len() != 1 {
            return None;
        }
        let row = other.clone().broadcast(&self.lengths);
        self.with(operation, row)
    }

    /// The scores and the mask of a softmax, if this is their sum: the mask's rows are
    /// those of the last two axes, and repeat. `(scores, mask, rows of the mask)`
    pub(crate) fn masked(&self) -> Option<(&Rc<Ready>, &Rc<Ready>, usize)> {
        let ([scores, mask], [step]) = (self.inputs.as_slice(), self.steps.as_slice()) else {
            return None;
        };
        let (leading, own) = self
            .lengths
            .split_at_checked(self.lengths.len().checked_sub(2)?)?;
        let mut repeated = vec![0; leading.len()];
        repeated.extend(strides(own));
        let is_mask = scores.strides == strides(&self.lengths) && mask.strides == repeated;
        (step.code == ADD && is_mask).then_some((&scores.value, &mask.value, own[0]))
    }

    fn n_values(&self) -> usize {
        self.lengths.iter().product()
    }

    /// Whether it only names values by other axes.
    pub(crate) fn is_view(&self) -> bool {
        self.steps.is_empty() && self.normalized.is_none()
    }

    /// The same, repeated along axes that are missing or of length 1.
    pub(crate) fn broadcast(mut self, lengths: &[usize]) -> Self {
        let n_missing = lengths.len() - self.lengths.len();
        for input in &mut self.inputs {
            let mut strides = vec![0; n_missing];
            strides.append(&mut input.strides);
            for (axis, own) in self.lengths.iter().enumerate() {
                if *own != lengths[n_missing + axis] {
                    strides[n_missing + axis] = 0;
                }
            }
            input.strides = strides;
        }
        self.lengths = lengths.to_vec();
        self
    }

    /// The same with its last axes, of lengths `from`, cut into axes of lengths `to`;
    /// `None` if these are no cuts of each.
    pub(crate) fn cut_axes(mut self, from: &[usize], to: &[usize]) -> Option<Self> {
        if self.normalized.is_some() || from.contains(&0) {
            return None;
        }
        // How many of the new axes each of the old ones becomes.
        let mut n_pieces = Vec::with_capacity(from.len());
        let mut rest = to;
        for (number, length) in from.iter().enumerate() {
            let mut product = 1;
            let mut n = 0;
            while product < *length || number + 1 == from.len() && n < rest.len() {
                product *= rest.get(n)?;
                n += 1;
            }
            if product != *length {
                return None;
            }
            n_pieces.push(n);
            rest = &rest[n..];
        }
        let n_kept = self.lengths.len() - from.len();
        for input in &mut self.inputs {
            let old = input.strides.split_off(n_kept);
            let mut at = 0;
            for (stride, n) in old.iter().zip(&n_pieces) {
                let pieces = &to[at..at + n];
                input
                    .strides
                    .extend(strides(pieces).iter().map(|piece| piece * stride));
                at += n;
            }
        }
        self.lengths.truncate(n_kept);
        self.lengths.extend(to);
        Some(self)
    }

    /// Where the values of a view lie, if matrices of it can be multiplied as they are:
    /// neighbors on the last axis are neighbors in memory.
    pub(crate) fn matrices(&self) -> Option<&Walked> {
        let last_length = self.lengths.last()?;
        let walked = &self.inputs[0];
        let has_rows = *last_length == 1 || walked.strides.last() == Some(&1);
        (self.is_view() && has_rows).then_some(walked)
    }

    /// The same with two axes exchanged.
    pub(crate) fn swap_axes(mut self, left: BackAxis, right: BackAxis) -> Self {
        let last = self.lengths.len() - 1;
        let (left, right) = (last - left.0, last - right.0);
        self.lengths.swap(left, right);
        for input in &mut self.inputs {
            input.strides.swap(left, right);
        }
        self
    }

    /// One more step, if there is room.
    pub(crate) fn then(mut self, code: u32, factor: f32) -> Option<Self> {
        if self.steps.len() == MOST_STEPS {
            return None;
        }
        self.steps.push(Step { code, factor });
        Some(self)
    }

    /// `self ∘ other`, where `other` is a view; `None` if there is no room.
    pub(crate) fn with(self, operation: &Op, other: Self) -> Option<Self> {
        let codes = match operation {
            Op::Add => [ADD, 16],
            Op::Subtract => [1, 17],
            Op::Multiply => [2, 18],
            Op::Divide => [3, 19],
            _ => return None,
        };
        self.with_input(other, codes)
    }

    /// `other ∘ self`, where `other` is a view; `None` if there is no room.
    pub(crate) fn after(self, operation: &Op, other: Self) -> Option<Self> {
        match operation {
            Op::Subtract => self.with_input(other, [20, 22]),
            Op::Divide => self.with_input(other, [21, 23]),
            // Sums and products are the same either way around.
            _ => self.with(operation, other),
        }
    }

    /// Takes a view as second or third input, and a step that has a code for each.
    fn with_input(mut self, view: Self, codes: [u32; 2]) -> Option<Self> {
        let code = *codes.get(self.inputs.len() - 1)?;
        self.inputs.extend(view.inputs);
        self.then(code, 0.0)
    }

    /// Whether what follows may take it in: nothing is then computed more than once
    /// for each of its values.
    pub(crate) fn may_join(&self, output: &Shape) -> bool {
        self.is_view() || self.normalized.is_none() && self.n_values() == output.n_values()
    }

    /// Lengths and strides after merging neighboring axes that all inputs walk alike,
    /// `(lengths, strides of each input)`.
    pub(crate) fn merged(&self) -> (Vec<usize>, Vec<Vec<usize>>) {
        let mut lengths: Vec<usize> = Vec::new();
        let mut strides: Vec<Vec<usize>> = vec![Vec::new(); self.inputs.len()];
        for (axis, length) in self.lengths.iter().enumerate() {
            if *length == 1 {
                continue;
            }
            let merges = !lengths.is_empty()
                && self.inputs.iter().zip(&strides).all(|(input, known)| {
                    known.last().copied() == Some(input.strides[axis] * length)
                });
            if merges {
                let last = lengths.len() - 1;
                lengths[last] *= length;
                for (input, known) in self.inputs.iter().zip(&mut strides) {
                    known[last] = input.strides[axis];
                }
            } else {
                lengths.push(*length);
                for (input, known) in self.inputs.iter().zip(&mut strides) {
                    known.push(input.strides[axis]);
                }
            }
        }
        if lengths.is_empty() {
            lengths.push(1);
            strides.iter_mut().for_each(|known| known.push(0));
        }
        (lengths, strides)
    }
}

/// How far apart the values of a contiguous array are along each axis.
pub(crate) fn strides(lengths: &[usize]) -> Vec<usize> {
    let mut strides = vec![0; lengths.len()];
    let mut stride = 1;
    for (made, length) in strides.iter_mut().zip(lengths).rev() {
        *made = if *length == 1 { 0 } else { stride };
        stride *= length;
    }
    strides
}

/// The code and constant of an op on one value.
pub(crate) fn unary_code(op: &Op) -> Option<(u32, f32)> {
    let code = match op {
        Op::Scale(factor) => return Some((4, *factor)),
        Op::Exponential => 5,
        Op::SquareRoot => 6,
        Op::Logarithm => 7,
        Op::Activate(Activation::GeluNew) => 8,
        Op::Activate(Activation::Gelu) => 9,
        Op::Activate(Activation::Relu) => 10,
        Op::Activate(Activation::Swish) => 11,
        Op::Slope(Activation::GeluNew) => 12,
        Op::Slope(Activation::Gelu) => 13,
        Op::Slope(Activation::Relu) => 14,
        Op::Slope(Activation::Swish) => 15,
        _ => return None,
    };
    Some((code, 0.0))
}
