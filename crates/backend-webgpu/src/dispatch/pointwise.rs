use std::rc::Rc;

use tensor::{Error, Op, Result, Shape};

use super::{Input, word};
use crate::expression::{Expression, MOST_AXES, MOST_INPUTS, unary_code};
use crate::kernels::Kernel;
use crate::stored::{Ready, State, Stored};
use crate::{NAME, WebGpu};

impl WebGpu {
    /// Ops on single values, which wait until something needs their values.
    pub(crate) fn pointwise(
        &self,
        op: &Op,
        inputs: &[Input<'_>],
        output: &Shape,
    ) -> Result<Stored> {
        let expression = match (op, inputs) {
            (Op::Broadcast { from, .. }, [input]) => {
                let own = self.expression(op, input, output)?;
                broadcast_trailing(own, from.len(), output)
            }
            (Op::SwapAxes(left, right), [input]) => {
                self.expression(op, input, output)?.swap_axes(*left, *right)
            }
            (_, [input]) => {
                let (code, factor) =
                    unary_code(op).expect("ops on one value have a code in the kernel");
                match self.expression(op, input, output)?.then(code, factor) {
                    Some(longer) => longer,
                    None => self
                        .values(op, input)?
                        .then(code, factor)
                        .expect("a program of one step has room"),
                }
            }
            (_, [left, right]) => self.combined(op, left, right, output)?,
            _ => unreachable!("the caller checked the number of inputs"),
        };
        Ok(Stored::waiting(expression))
    }

    fn combined(
        &self,
        op: &Op,
        left: &Input<'_>,
        right: &Input<'_>,
        output: &Shape,
    ) -> Result<Expression> {
        let lengths = output.lengths();
        if let State::Waiting(normalized) = left.stored.state()
            && normalized.normalized.is_some()
        {
            let row = self.expression(op, right, output)?;
            if let Some(longer) = normalized.layer_norm_step(op, &row) {
                return Ok(longer);
            }
        }
        let a = self.expression(op, left, output)?.broadcast(lengths);
        let b = self.expression(op, right, output)?.broadcast(lengths);
        // One of them goes on; the other must be plain values.
        let joined = match (a.is_view(), b.is_view()) {
            (_, true) => a.with(op, b),
            (true, false) => b.after(op, a),
            (false, false) => {
                let b = self.values(op, right)?.broadcast(lengths);
                a.with(op, b)
            }
        };
        if let Some(joined) = joined {
            return Ok(joined);
        }
        let a = self.values(op, left)?.broadcast(lengths);
        let b = self.values(op, right)?.broadcast(lengths);
        Ok(a.with(op, b).expect("two inputs and one step have room"))
    }

    /// How to compute an input, or its values if that should not be done again.
    fn expression(&self, op: &Op, input: &Input<'_>, output: &Shape) -> Result<Expression> {
        match input.stored.state() {
            State::Waiting(expression) if expression.may_join(output) => Ok(expression),
            _ => self.values(op, input),
        }
    }

    fn values(&self, op: &Op, input: &Input<'_>) -> Result<Expression> {
        let ready = self.whole(op.name(), input)?;
        Ok(Expression::of(ready, input.shape))
    }

    /// The values of an expression.
    pub(crate) fn computed(&self, expression: &Expression) -> Result<Ready> {
        if let Some(epsilon) = expression.normalized {
            return self.layer_norm(expression, epsilon);
        }
        let n: usize = expression.lengths.iter().product();
        let made = self.made("pointwise", n)?;
        let (lengths, strides) = expression.merged();
        if lengths.len() > MOST_AXES {
            return Err(Error::Device {
                device: NAME,
                op: "pointwise",
                message: format!(
                    "a value has {} axes, there is room for {MOST_AXES}",
                    lengths.len()
                ),
            });
        }
        let last = lengths.len() - 1;
        let is_by_fours = lengths[last].is_multiple_of(4)
            && strides.iter().all(|strides| match strides[last] {
                0 => true,
                1 => strides[..last]
                    .iter()
                    .all(|stride| stride.is_multiple_of(4)),
                _ => false,
            });

        let mut arguments = vec![
            word(n),
            word(lengths.len()),
            word(expression.steps.len()),
            0,
        ];
        let mut add_axes = |values: &[usize]| {
            let padded = values.iter().copied().chain(std::iter::repeat(0));
            arguments.extend(padded.take(MOST_AXES).map(word));
        };
        add_axes(&lengths);
        for number in 0..MOST_INPUTS {
            add_axes(strides.get(number).map_or(&[], Vec::as_slice));
        }
        for step in &expression.steps {
            arguments.extend([step.code, step.factor.to_bits()]);
        }

        let values: Vec<Rc<Ready>> = expression
            .inputs
            .iter()
            .map(|input| input.value.clone())
            .collect();
        let mut buffers: Vec<&wgpu::Buffer> = values.iter().map(|value| value.whole()).collect();
        // What a program does not use must still be bound to something.
        buffers.resize(MOST_INPUTS, buffers[0]);
        buffers.push(made.whole());
        let n_threads = if is_by_fours { n / 4 } else { n };
        let kernel = Kernel::Pointwise { is_by_fours };
        self.run_threads(kernel, &buffers, &arguments, n_threads);
        Ok(made)
    }
}

/// Repeats the last `n_own` axes until they are the last of `output`; the axes before
/// them stay the first ones.
fn broadcast_trailing(own: Expression, n_own: usize, output: &Shape) -> Expression {
    let n_leading = own.lengths.len() - n_own;
    let n_new = output.rank() - own.lengths.len();
    let mut opened = own;
    for input in &mut opened.inputs {
        input
            .strides
            .splice(n_leading..n_leading, std::iter::repeat_n(0, n_new));
    }
    opened
        .lengths
        .splice(n_leading..n_leading, std::iter::repeat_n(1, n_new));
    opened.broadcast(output.lengths())
}
