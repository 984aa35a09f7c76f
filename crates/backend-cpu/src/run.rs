use candle_core::{D, Device, Result, Tensor};
use tensor::{BackAxis, Op, Shape};

use crate::buffer::CpuBuffer;
use crate::loops;
use crate::{Kernels, own_products, products};

/// Runs one op on contiguous candle tensors; the result is contiguous and has the
/// shape `output`.
pub(crate) fn run(
    kernels: Kernels,
    op: &Op,
    buffers: &[&CpuBuffer],
    output: &Shape,
) -> Result<Tensor> {
    if let Some(made) = run_on_packed(kernels, op, buffers, output) {
        return made;
    }
    let inputs: Result<Vec<Tensor>> = buffers.iter().map(|buffer| buffer.plain()).collect();
    let inputs = inputs?;
    let first = &inputs[0];
    match op {
        Op::Add => first.broadcast_add(&inputs[1]),
        Op::Subtract => first.broadcast_sub(&inputs[1]),
        Op::Multiply => first.broadcast_mul(&inputs[1]),
        Op::Divide => first.broadcast_div(&inputs[1]),

        Op::Scale(factor) => first.affine(f64::from(*factor), 0.0),
        Op::Exponential => loops::exponential(first),
        Op::SquareRoot => first.sqrt(),
        Op::Logarithm => first.log(),
        Op::Activate(activation) => loops::activate(first, *activation),
        Op::Slope(activation) => loops::slope(first, *activation),

        Op::Softmax => loops::softmax(first),
        Op::LogSoftmax => loops::log_softmax(first),
        Op::Normalize { epsilon } => loops::normalize(first, *epsilon),
        Op::InverseDeviation { epsilon } => {
            loops::inverse_deviation(first, *epsilon, output.lengths())
        }
        Op::SoftmaxPullback => loops::softmax_pullback(first, &inputs[1]),
        Op::NormalizePullback { epsilon } => loops::normalize_pullback(first, &inputs[1], *epsilon),
        Op::Nucleus {
            mass,
            n_least,
            n_most,
        } => loops::nucleus(first, *mass, *n_least, *n_most),

        Op::MatMul(transposed) => products::matmul(*transposed, buffers[0], buffers[1], output),

        Op::Sum(axis) => first.sum_keepdim(front(first, *axis)),
        Op::Broadcast { from, to } => {
            // Axes that only `to` has stand between the leading ones and `from`.
            let leading = &first.dims()[..first.rank() - from.len()];
            let mut aligned = leading.to_vec();
            aligned.resize(leading.len() + to.len() - from.len(), 1);
            aligned.extend(from);
            first
                .reshape(aligned)?
                .broadcast_as(output.lengths())?
                .contiguous()
        }
        Op::Reshape { .. } => first.reshape(output.lengths()),
        Op::SwapAxes(left, right) => first
            .transpose(front(first, *left), front(first, *right))?
            .contiguous(),
        Op::PickRows(ids) => first.index_select(&index_tensor(ids)?, D::Minus2),
        Op::PlaceRows { ids, .. } => {
            let zeros = Tensor::zeros(output.lengths(), first.dtype(), first.device())?;
            zeros.index_add(&index_tensor(ids)?, first, D::Minus2)
        }
        Op::PickColumns(ids) => loops::pick_columns(first, ids, output.lengths()),
        Op::PlaceColumns { ids, n_columns } => {
            loops::place_columns(first, ids, *n_columns, output.lengths())
        }
        Op::Concatenate(axis) => Tensor::cat(&[first, &inputs[1]], front(first, *axis)),
        Op::Narrow {
            axis,
            start,
            length,
        } => first
            .narrow(front(first, *axis), *start, *length)?
            .contiguous(),
        Op::Pad {
            axis,
            before,
            after,
        } => first.pad_with_zeros(front(first, *axis), *before, *after),
    }
}

/// What needs no plain copy of a packed weight. `None` for everything else.
fn run_on_packed(
    kernels: Kernels,
    op: &Op,
    buffers: &[&CpuBuffer],
    output: &Shape,
) -> Option<Result<Tensor>> {
    match op {
        Op::MatMul(transposed) if kernels == Kernels::Own => Some(own_products::matmul(
            *transposed,
            buffers[0],
            buffers[1],
            output,
        )),
        Op::PickRows(ids) => buffers[0].as_packed().map(|matrix| {
            let rows = matrix.rows(ids.iter().map(|id| *id as usize));
            Tensor::from_vec(rows, output.lengths(), &Device::Cpu)
        }),
        _ => None,
    }
}

fn front(tensor: &Tensor, axis: BackAxis) -> usize {
    tensor.rank() - 1 - axis.0
}

fn index_tensor(ids: &[u32]) -> Result<Tensor> {
    Tensor::from_slice(ids, ids.len(), &Device::Cpu)
}
