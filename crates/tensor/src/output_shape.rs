use crate::{BackAxis, Error, Op, Result, Shape, Transposed};

/// The shape an op makes of its inputs' shapes.
///
/// # Errors
/// If the number of inputs, their shapes, or an index does not fit. A device is
/// never asked to run an op that this refuses.
pub fn output_shape(op: &Op, inputs: &[&Shape]) -> Result<Shape> {
    if inputs.len() != op.n_inputs() {
        return Err(Error::InputCount {
            op: op.name(),
            expected: op.n_inputs(),
            found: inputs.len(),
        });
    }
    let first = inputs[0];
    match op {
        Op::Add | Op::Subtract | Op::Multiply | Op::Divide => first
            .broadcast(inputs[1])
            .ok_or_else(|| mismatch(op, first, inputs[1])),
        Op::Scale(_)
        | Op::Exponential
        | Op::SquareRoot
        | Op::Logarithm
        | Op::Activate(_)
        | Op::Slope(_) => Ok(first.clone()),
        Op::Softmax | Op::LogSoftmax | Op::Normalize { .. } | Op::Nucleus { .. } => {
            axis_length(op, first, BackAxis(0))?;
            Ok(first.clone())
        }
        Op::InverseDeviation { .. } => resized(op, first, BackAxis(0), |_| 1),
        Op::SoftmaxPullback | Op::NormalizePullback { .. } => {
            axis_length(op, first, BackAxis(0))?;
            if inputs[1].rank() >= first.rank()
                && inputs[1].trailing(first.rank()) == first.lengths()
            {
                Ok(inputs[1].clone())
            } else {
                Err(mismatch(op, first, inputs[1]))
            }
        }
        Op::MatMul(transposed) => matmul_shape(op, *transposed, first, inputs[1]),
        Op::Sum(axis) => resized(op, first, *axis, |_| 1),
        Op::Broadcast { from, to } => {
            let (from_shape, to_shape) = (Shape::new(from.clone()), Shape::new(to.clone()));
            if from_shape.broadcast(&to_shape).as_ref() != Some(&to_shape) {
                return Err(mismatch(op, &from_shape, &to_shape));
            }
            replace_trailing(op, first, from, to)
        }
        Op::Reshape { from, to } => {
            let (from_shape, to_shape) = (Shape::new(from.clone()), Shape::new(to.clone()));
            if from_shape.n_values() != to_shape.n_values() {
                return Err(mismatch(op, &from_shape, &to_shape));
            }
            replace_trailing(op, first, from, to)
        }
        Op::SwapAxes(left, right) => {
            let left_length = axis_length(op, first, *left)?;
            let right_length = axis_length(op, first, *right)?;
            Ok(first
                .with_length(*left, right_length)
                .with_length(*right, left_length))
        }
        Op::PickRows(ids) => {
            let n_rows = axis_length(op, first, BackAxis(1))?;
            in_range(op, "row", ids, n_rows, first)?;
            Ok(first.with_length(BackAxis(1), ids.len()))
        }
        Op::PlaceRows { ids, n_rows } => {
            expect_length(op, first, BackAxis(1), ids.len())?;
            in_range(op, "row", ids, *n_rows, first)?;
            Ok(first.with_length(BackAxis(1), *n_rows))
        }
        Op::PickColumns(ids) => {
            let n_columns = axis_length(op, first, BackAxis(0))?;
            expect_length(op, first, BackAxis(1), ids.len())?;
            in_range(op, "column", ids, n_columns, first)?;
            Ok(Shape::new(&first.lengths()[..first.rank() - 1]))
        }
        Op::PlaceColumns { ids, n_columns } => {
            expect_length(op, first, BackAxis(0), ids.len())?;
            in_range(op, "column", ids, *n_columns, first)?;
            let mut lengths = first.lengths().to_vec();
            lengths.push(*n_columns);
            Ok(Shape::new(lengths))
        }
        Op::Concatenate(axis) => {
            let left = axis_length(op, first, *axis)?;
            let right = axis_length(op, inputs[1], *axis)?;
            if first.rank() != inputs[1].rank()
                || first.with_length(*axis, 0) != inputs[1].with_length(*axis, 0)
            {
                return Err(mismatch(op, first, inputs[1]));
            }
            Ok(first.with_length(*axis, left + right))
        }
        Op::Narrow {
            axis,
            start,
            length,
        } => {
            let available = axis_length(op, first, *axis)?;
            match start.checked_add(*length) {
                Some(end) if end <= available => Ok(first.with_length(*axis, *length)),
                _ => Err(out_of_range(
                    op,
                    "end",
                    start.saturating_add(*length),
                    first,
                )),
            }
        }
        Op::Pad {
            axis,
            before,
            after,
        } => resized(op, first, *axis, |length| before + length + after),
    }
}

fn matmul_shape(op: &Op, transposed: Transposed, left: &Shape, right: &Shape) -> Result<Shape> {
    if left.rank() < 2 || right.rank() < 2 {
        return Err(mismatch(op, left, right));
    }
    let (mut m, mut k) = (left.length(BackAxis(1)), left.length(BackAxis(0)));
    let (mut right_k, mut n) = (right.length(BackAxis(1)), right.length(BackAxis(0)));
    match transposed {
        Transposed::Neither => {}
        Transposed::Left => std::mem::swap(&mut m, &mut k),
        Transposed::Right => std::mem::swap(&mut right_k, &mut n),
    }
    let leading = Shape::new(left.leading(2)).broadcast(&Shape::new(right.leading(2)));
    match leading {
        Some(leading) if k == right_k => {
            let mut lengths = leading.lengths().to_vec();
            lengths.extend([m, n]);
            Ok(Shape::new(lengths))
        }
        _ => Err(mismatch(op, left, right)),
    }
}

fn replace_trailing(op: &Op, shape: &Shape, from: &[usize], to: &[usize]) -> Result<Shape> {
    if shape.rank() < from.len() || shape.trailing(from.len()) != from {
        return Err(mismatch(op, shape, &Shape::new(from)));
    }
    let mut lengths = shape.leading(from.len()).to_vec();
    lengths.extend(to);
    Ok(Shape::new(lengths))
}

fn resized(
    op: &Op,
    shape: &Shape,
    axis: BackAxis,
    length: impl Fn(usize) -> usize,
) -> Result<Shape> {
    let old = axis_length(op, shape, axis)?;
    Ok(shape.with_length(axis, length(old)))
}

fn axis_length(op: &Op, shape: &Shape, axis: BackAxis) -> Result<usize> {
    match shape.front_index(axis) {
        Some(index) => Ok(shape.lengths()[index]),
        None => Err(out_of_range(op, "axis from the back", axis.0, shape)),
    }
}

fn expect_length(op: &Op, shape: &Shape, axis: BackAxis, length: usize) -> Result<()> {
    if axis_length(op, shape, axis)? == length {
        Ok(())
    } else {
        Err(mismatch(op, shape, &Shape::new([length])))
    }
}

fn in_range(op: &Op, what: &'static str, ids: &[u32], end: usize, shape: &Shape) -> Result<()> {
    match ids.iter().find(|id| **id as usize >= end) {
        Some(id) => Err(out_of_range(op, what, *id as usize, shape)),
        None => Ok(()),
    }
}

fn mismatch(op: &Op, left: &Shape, right: &Shape) -> Error {
    Error::ShapeMismatch {
        op: op.name(),
        left: left.clone(),
        right: right.clone(),
    }
}

fn out_of_range(op: &Op, what: &'static str, index: usize, shape: &Shape) -> Error {
    Error::OutOfRange {
        op: op.name(),
        what,
        index,
        shape: shape.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leading_axes_of_a_product_broadcast() {
        let weight = Shape::from([4, 3]);
        let input = Shape::from([7, 5, 4]);
        let shape = output_shape(&Op::MatMul(Transposed::Neither), &[&input, &weight]);
        assert_eq!(shape.unwrap(), Shape::from([7, 5, 3]));
    }

    #[test]
    fn inner_sizes_must_agree() {
        let error = output_shape(
            &Op::MatMul(Transposed::Right),
            &[&Shape::from([4, 768]), &Shape::from([512, 76])],
        )
        .unwrap_err();
        assert_eq!(
            error.to_string(),
            "matmul: shapes do not fit: [4, 768] and [512, 76]"
        );
    }

    #[test]
    fn a_row_that_is_not_there_is_refused() {
        let op = Op::PickRows([0, 9].into());
        assert!(output_shape(&op, &[&Shape::from([9, 2])]).is_err());
    }
}
