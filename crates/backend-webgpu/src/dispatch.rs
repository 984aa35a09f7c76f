//! From an op to its kernels.

mod moves;
mod pointwise;
mod products;
mod rows;

use std::rc::Rc;

use tensor::{Op, Operand, Result, Shape};

use crate::kernels::{GROUP, Kernel};
use crate::recorder::Dispatch;
use crate::stored::{Ready, State, Stored};
use crate::{WebGpu, own, too_large};

/// An input: its values, and its shape.
pub(crate) struct Input<'a> {
    pub(crate) stored: Rc<Stored>,
    pub(crate) shape: &'a Shape,
}

impl WebGpu {
    pub(crate) fn dispatch(
        &self,
        op: &Op,
        inputs: &[Operand<'_>],
        output: &Shape,
    ) -> Result<Stored> {
        let inputs: Vec<Input<'_>> = inputs
            .iter()
            .map(|input| Input {
                stored: own(input.buffer),
                shape: input.shape,
            })
            .collect();
        match op {
            Op::Add
            | Op::Subtract
            | Op::Multiply
            | Op::Divide
            | Op::Scale(_)
            | Op::Exponential
            | Op::SquareRoot
            | Op::Logarithm
            | Op::Activate(_)
            | Op::Slope(_)
            | Op::Broadcast { .. }
            | Op::SwapAxes(..) => self.pointwise(op, &inputs, output),
            Op::Softmax
            | Op::LogSoftmax
            | Op::Normalize { .. }
            | Op::InverseDeviation { .. }
            | Op::Nucleus { .. }
            | Op::SoftmaxPullback
            | Op::NormalizePullback { .. }
            | Op::Sum(_) => self.along_rows(op, &inputs, output),
            Op::MatMul(transposed) => self.product(*transposed, &inputs, output),
            Op::PickRows(_)
            | Op::PlaceRows { .. }
            | Op::PickColumns(_)
            | Op::PlaceColumns { .. }
            | Op::Concatenate(_)
            | Op::Narrow { .. }
            | Op::Pad { .. } => self.moved(op, &inputs, output),
            Op::Reshape { .. } => unreachable!("a reshape keeps its buffer, and runs nothing"),
        }
    }

    /// A value's buffers, computed now if they waited.
    pub(crate) fn ready(&self, stored: &Rc<Stored>) -> Result<Rc<Ready>> {
        match stored.state() {
            State::Ready(ready) => Ok(ready),
            State::Waiting(expression) => {
                let ready = Rc::new(self.computed(&expression)?);
                *stored.state.borrow_mut() = State::Ready(ready.clone());
                Ok(ready)
            }
        }
    }

    /// A value as 32-bit floats in one buffer.
    pub(crate) fn whole(&self, op: &'static str, input: &Input<'_>) -> Result<Rc<Ready>> {
        let ready = self.ready(&input.stored)?;
        self.in_one_part(op, &ready)
    }

    /// Room for a result.
    pub(crate) fn made(&self, op: &'static str, n_values: usize) -> Result<Ready> {
        let n_bytes = n_values * size_of::<f32>();
        if n_bytes as u64 > self.gpu.largest_binding {
            return Err(too_large(op, n_bytes));
        }
        Ok(Ready::of_one_part(self.take(n_values)?, n_values))
    }

    /// Runs a kernel with one thread for each of `n` values.
    pub(crate) fn run_threads(
        &self,
        kernel: Kernel,
        buffers: &[&wgpu::Buffer],
        arguments: &[u32],
        n: usize,
    ) {
        self.run_groups(kernel, buffers, arguments, n.div_ceil(GROUP));
    }

    /// Runs a kernel with so many workgroups, over two axes if one is too short.
    pub(crate) fn run_groups(
        &self,
        kernel: Kernel,
        buffers: &[&wgpu::Buffer],
        arguments: &[u32],
        n_groups: usize,
    ) {
        let most = self.gpu.most_groups as usize;
        let x = n_groups.min(most);
        let y = n_groups.div_ceil(x.max(1));
        self.run_grid(kernel, buffers, arguments, [x, y, 1]);
    }

    pub(crate) fn run_grid(
        &self,
        kernel: Kernel,
        buffers: &[&wgpu::Buffer],
        arguments: &[u32],
        groups: [usize; 3],
    ) {
        if groups.contains(&0) {
            return;
        }
        let is_full = self.recorder.borrow_mut().dispatch(&Dispatch {
            kernel,
            buffers,
            arguments,
            groups: groups.map(word),
        });
        if is_full {
            self.submit();
        }
    }
}

/// A size as kernels count. Devices have no room for more than four billion values.
pub(crate) fn word(size: usize) -> u32 {
    u32::try_from(size).unwrap_or(u32::MAX)
}
