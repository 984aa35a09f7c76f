use std::rc::Rc;

use tensor::{BackAxis, Op, Result, Shape};

use super::{Input, word};
use crate::WebGpu;
use crate::expression::Expression;
use crate::kernels::{Along, GROUP, Kernel, RowShape};
use crate::stored::{Ready, State, Stored};

/// What is done with rows, and how many there are.
struct Rows {
    along: Along,
    n: usize,
    /// How many the input has that repeats.
    n_own: usize,
    width: usize,
    epsilon: f32,
}

impl WebGpu {
    /// Ops that look at whole rows, and sums.
    pub(crate) fn along_rows(
        &self,
        op: &Op,
        inputs: &[Input<'_>],
        output: &Shape,
    ) -> Result<Stored> {
        let first = inputs[0].shape;
        if let Op::Normalize { epsilon } = op {
            // It waits for layer norm's weight and bias.
            let own = self.whole(op.name(), &inputs[0])?;
            let normalized = Expression::normalized(own, first, *epsilon);
            return Ok(Stored::waiting(normalized));
        }
        if let (Op::Softmax, State::Waiting(sum)) = (op, inputs[0].stored.state())
            && let Some((scores, mask, n_own_rows)) = sum.masked()
        {
            let made = self.made(op.name(), output.n_values())?;
            let rows = Rows {
                along: Along::MaskedSoftmax,
                n: first.n_values() / first.length(BackAxis(0)).max(1),
                n_own: n_own_rows,
                width: first.length(BackAxis(0)),
                epsilon: 0.0,
            };
            self.run_rows(&rows, [scores, mask, scores], &made);
            return Ok(Stored::ready(made));
        }
        let made = self.made(op.name(), output.n_values())?;
        let (along, epsilon) = match op {
            Op::Softmax => (Along::Softmax, 0.0),
            Op::LogSoftmax => (Along::LogSoftmax, 0.0),
            Op::InverseDeviation { epsilon } => (Along::InverseDeviation, *epsilon),
            Op::SoftmaxPullback => (Along::SoftmaxPullback, 0.0),
            Op::NormalizePullback { epsilon } => (Along::NormalizePullback, *epsilon),
            Op::Sum(axis) => {
                let n_inner: usize = first.trailing(axis.0).iter().product();
                if n_inner != 1 {
                    self.sum_axis(&inputs[0], *axis, n_inner, &made)?;
                    return Ok(Stored::ready(made));
                }
                (Along::Sum, 0.0)
            }
            Op::Nucleus {
                mass,
                n_least,
                n_most,
            } => {
                let arguments = [word(*n_least), word(*n_most), mass.to_bits()];
                self.nucleus(&inputs[0], arguments, &made)?;
                return Ok(Stored::ready(made));
            }
            _ => unreachable!("the caller sends no other ops here"),
        };
        // A sum over an axis before axes of length 1 is one over rows, too.
        let width = match op {
            Op::Sum(axis) => first.length(*axis),
            _ => first.length(BackAxis(0)),
        };
        let own = self.whole(op.name(), &inputs[0])?;
        let cotangent = match inputs.get(1) {
            Some(input) => self.whole(op.name(), input)?,
            None => own.clone(),
        };
        let n_rows = match inputs.get(1) {
            Some(input) => input.shape.n_values() / width.max(1),
            None if width == 0 => output.n_values(),
            None => first.n_values() / width,
        };
        let rows = Rows {
            along,
            n: n_rows,
            n_own: (first.n_values() / width.max(1)).max(1),
            width,
            epsilon,
        };
        self.run_rows(&rows, [&own, &cotangent, &own], &made);
        Ok(Stored::ready(made))
    }

    /// Normalized rows, and as many of layer norm's steps as wait.
    pub(crate) fn layer_norm(&self, expression: &Expression, epsilon: f32) -> Result<Ready> {
        let n: usize = expression.lengths.iter().product();
        let width = expression.lengths.last().copied().unwrap_or(1);
        let made = self.made("layer norm", n)?;
        let own = &expression.inputs[0].value;
        let mut rows = Rows {
            along: Along::Normalize,
            n: n / width.max(1),
            n_own: 1,
            width,
            epsilon,
        };
        if let [_, weight, bias] = expression.inputs.as_slice() {
            rows.along = Along::LayerNorm;
            self.run_rows(&rows, [own, &weight.value, &bias.value], &made);
            return Ok(made);
        }
        self.run_rows(&rows, [own, own, own], &made);
        if expression.steps.is_empty() {
            return Ok(made);
        }
        let mut rest = expression.clone();
        rest.normalized = None;
        rest.inputs[0].value = Rc::new(made);
        self.computed(&rest)
    }

    fn run_rows(&self, rows: &Rows, inputs: [&Rc<Ready>; 3], made: &Ready) {
        let shape = RowShape::of(rows.width);
        let arguments = [
            word(rows.n),
            word(rows.n_own),
            word(rows.width),
            rows.epsilon.to_bits(),
        ];
        let [a, b, c] = inputs.map(|input| input.whole());
        let kernel = Kernel::Rows {
            along: rows.along,
            shape,
        };
        let n_groups = rows.n.div_ceil(GROUP / shape.n_threads as usize);
        self.run_groups(kernel, &[a, b, c, made.whole()], &arguments, n_groups);
    }

    fn sum_axis(
        &self,
        input: &Input<'_>,
        axis: BackAxis,
        n_inner: usize,
        made: &Ready,
    ) -> Result<()> {
        let own = self.whole("sum", input)?;
        let n_summed = input.shape.length(axis);
        let n = input.shape.leading(axis.0 + 1).iter().product::<usize>() * n_inner;
        let arguments = [word(n), word(n_summed), word(n_inner)];
        let buffers = [own.whole(), made.whole()];
        self.run_threads(Kernel::SumAxis, &buffers, &arguments, n);
        Ok(())
    }

    /// Adds up so many arrays of `n` values that lie one after the other.
    pub(crate) fn add_up(&self, arrays: &Ready, n_arrays: usize, n: usize, made: &Ready) {
        let arguments = [word(n), word(n_arrays), word(n)];
        let buffers = [arrays.whole(), made.whole()];
        self.run_threads(Kernel::SumAxis, &buffers, &arguments, n);
    }

    fn nucleus(&self, input: &Input<'_>, asked: [u32; 3], made: &Ready) -> Result<()> {
        let own = self.whole("nucleus", input)?;
        let width = input.shape.length(BackAxis(0));
        let n_rows = input.shape.n_values() / width.max(1);
        let [n_least, n_most, mass] = asked;
        let arguments = [word(width), n_least, n_most, mass, word(n_rows)];
        let buffers = [own.whole(), made.whole()];
        self.run_groups(Kernel::Nucleus, &buffers, &arguments, n_rows);
        Ok(())
    }
}
