use candle_core::{Result, Tensor};
use tensor::{Shape, Transposed};

/// Matrix product over the last two axes, leading axes broadcast.
pub(crate) fn matmul(
    transposed: Transposed,
    left: &Tensor,
    right: &Tensor,
    output: &Shape,
) -> Result<Tensor> {
    let right_view = match transposed {
        Transposed::Right => right.t()?,
        _ => right.clone(),
    };
    if transposed == Transposed::Left {
        return left.t()?.broadcast_matmul(&right_view);
    }
    let shared_by_all = right.dims()[..right.rank() - 2]
        .iter()
        .all(|length| *length == 1);
    if shared_by_all {
        // One weight for all leading axes: they are just more rows.
        let inner = left.dims()[left.rank() - 1];
        let n_rows = left.elem_count() / inner.max(1);
        let matrix = if right.rank() == 2 {
            right_view
        } else {
            let dims = right_view.dims();
            let (rows, columns) = (dims[dims.len() - 2], dims[dims.len() - 1]);
            right_view.reshape((rows, columns))?
        };
        return left
            .reshape((n_rows, inner))?
            .matmul(&matrix)?
            .reshape(output.lengths());
    }
    left.broadcast_matmul(&right_view)
}
