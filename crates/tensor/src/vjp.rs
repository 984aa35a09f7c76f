use crate::{BackAxis, Error, Op, Result, Shape, Tensor, Transposed};

/// The vector-Jacobian product of one op: what a cotangent of its output says of
/// its input number `index`.
///
/// The cotangent may carry extra leading axes; they pass through every rule,
/// because all ops count axes from the back. Results are not traced.
pub(crate) fn vjp(
    op: &Op,
    inputs: &[Tensor],
    output: &Tensor,
    cotangent: &Tensor,
    index: usize,
) -> Result<Tensor> {
    let value = |number: usize| inputs[number].detached();
    let this = inputs[index].shape();
    let made = output.shape();
    match op {
        Op::Add => sum_to(cotangent, made, this),
        Op::Subtract if index == 0 => sum_to(cotangent, made, this),
        Op::Subtract => sum_to(&cotangent.scale(-1.0)?, made, this),
        Op::Multiply => sum_to(&cotangent.multiply(&value(1 - index))?, made, this),
        Op::Divide if index == 0 => sum_to(&cotangent.divide(&value(1))?, made, this),
        Op::Divide => {
            let slope = output.detached().divide(&value(1))?.scale(-1.0)?;
            sum_to(&cotangent.multiply(&slope)?, made, this)
        }

        Op::Scale(factor) => cotangent.scale(*factor),
        Op::Exponential => cotangent.multiply(&output.detached()),
        Op::SquareRoot => cotangent.scale(0.5)?.divide(&output.detached()),
        Op::Activate(activation) => {
            let slope = Tensor::apply(Op::Slope(*activation), &[&value(0)])?;
            cotangent.multiply(&slope)
        }
        Op::Logarithm => cotangent.divide(&value(0)),
        Op::Slope(_) | Op::Nucleus { .. } => Err(Error::NoDerivative { op: op.name() }),

        Op::Softmax => Tensor::apply(Op::SoftmaxPullback, &[&output.detached(), cotangent]),
        Op::LogSoftmax => {
            let total = cotangent.sum(BackAxis(0))?;
            cotangent.subtract(&output.detached().exponential()?.multiply(&total)?)
        }
        Op::Normalize { epsilon } => {
            let pullback = Op::NormalizePullback { epsilon: *epsilon };
            Tensor::apply(pullback, &[&value(0), cotangent])
        }
        Op::SoftmaxPullback | Op::NormalizePullback { .. } => {
            Err(Error::NoDerivative { op: op.name() })
        }
        Op::InverseDeviation { epsilon } => {
            // d/dx_i (variance + ε)^(−1/2) = −(x_i − mean) / n · r³ = −x̂_i · r² / n.
            let deviation = output.detached();
            let slope = value(0)
                .normalize(*epsilon)?
                .multiply(&deviation.multiply(&deviation)?)?
                .scale(-1.0 / this.length(BackAxis(0)) as f32)?;
            slope.multiply(cotangent)
        }

        Op::MatMul(transposed) => {
            let other = value(1 - index);
            let product = match (transposed, index) {
                (Transposed::Neither, 0) => cotangent.matmul_transposed(&other),
                (Transposed::Neither, _) => matmul_left_transposed(&other, cotangent),
                (Transposed::Right, 0) => cotangent.matmul(&other),
                (Transposed::Right, _) => matmul_left_transposed(cotangent, &other),
                (Transposed::Left, 0) => other.matmul_transposed(cotangent),
                (Transposed::Left, _) => other.matmul(cotangent),
            }?;
            // Leading axes that were broadcast forward are summed in reverse.
            let mut broadcast = made.leading(2).to_vec();
            broadcast.extend(this.trailing(2));
            sum_to(&product, &Shape::new(broadcast), this)
        }

        Op::Sum(_) => cotangent.broadcast(this.rank(), this.lengths()),
        Op::Broadcast { from, to } => sum_to(
            cotangent,
            &Shape::new(to.clone()),
            &Shape::new(from.clone()),
        ),
        Op::Reshape { from, to } => cotangent.reshape(to.len(), from),
        Op::SwapAxes(left, right) => cotangent.swap_axes(*left, *right),
        Op::PickRows(ids) => {
            let place = Op::PlaceRows {
                ids: ids.clone(),
                n_rows: this.length(BackAxis(1)),
            };
            Tensor::apply(place, &[cotangent])
        }
        Op::PlaceRows { ids, .. } => Tensor::apply(Op::PickRows(ids.clone()), &[cotangent]),
        Op::PickColumns(ids) => {
            let place = Op::PlaceColumns {
                ids: ids.clone(),
                n_columns: this.length(BackAxis(0)),
            };
            Tensor::apply(place, &[cotangent])
        }
        Op::PlaceColumns { ids, .. } => Tensor::apply(Op::PickColumns(ids.clone()), &[cotangent]),
        Op::Concatenate(axis) => {
            let start = if index == 0 {
                0
            } else {
                inputs[0].shape().length(*axis)
            };
            cotangent.narrow(*axis, start, this.length(*axis))
        }
        Op::Narrow {
            axis,
            start,
            length,
        } => {
            let pad = Op::Pad {
                axis: *axis,
                before: *start,
                after: this.length(*axis) - start - length,
            };
            Tensor::apply(pad, &[cotangent])
        }
        Op::Pad { axis, before, .. } => cotangent.narrow(*axis, *before, this.length(*axis)),
    }
}

fn matmul_left_transposed(left: &Tensor, right: &Tensor) -> Result<Tensor> {
    Tensor::apply(Op::MatMul(Transposed::Left), &[left, right])
}

/// Undoes a broadcast: sums `value`, whose trailing shape is `from`, to the trailing
/// shape `to`.
fn sum_to(value: &Tensor, from: &Shape, to: &Shape) -> Result<Tensor> {
    let mut summed = value.clone();
    let mut lengths = from.clone();
    for axis in (0..from.rank()).map(BackAxis) {
        if from.length(axis) != to.length(axis) {
            summed = summed.sum(axis)?;
            lengths = lengths.with_length(axis, 1);
        }
    }
    if lengths.lengths() == to.lengths() {
        Ok(summed)
    } else {
        summed.reshape(lengths.rank(), to.lengths())
    }
}
