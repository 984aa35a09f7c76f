use std::fmt;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::{
    Activation, BackAxis, Buffer, Device, Error, Op, Operand, Result, Shape, Transposed, Usage,
    output_shape,
};

/// A value on a device; cheap to clone.
///
/// If it is traced, or made from something traced, it remembers how it was made;
/// see [`pullback`](crate::pullback).
#[derive(Clone)]
pub struct Tensor(Rc<Node>);

struct Node {
    /// Later tensors have larger numbers, so that numbers order a trace.
    id: u64,
    shape: Shape,
    buffer: Buffer,
    device: Device,
    trace: Option<Trace>,
}

/// What a traced tensor remembers.
pub(crate) enum Trace {
    /// Where tracing began.
    Leaf,
    /// The op that made it, and of what.
    Made { op: Op, inputs: Vec<Tensor> },
}

impl Tensor {
    /// Puts values on a device.
    ///
    /// # Errors
    /// If their number does not fill `shape`, or the device has no room.
    pub fn upload(
        device: &Device,
        values: Vec<f32>,
        shape: impl Into<Shape>,
        usage: Usage,
    ) -> Result<Self> {
        let shape = shape.into();
        if shape.n_values() != values.len() {
            return Err(Error::ValueCount {
                expected: shape.n_values(),
                found: values.len(),
                shape,
            });
        }
        let buffer = device.upload(values, &shape, usage)?;
        Ok(Self::from_parts(shape, buffer, device.clone(), None))
    }

    /// Runs an op: the only place where one runs, and where it is recorded.
    ///
    /// # Errors
    /// If the shapes do not fit, or the device fails.
    pub fn apply(op: Op, inputs: &[&Tensor]) -> Result<Self> {
        let shapes: Vec<_> = inputs.iter().map(|input| input.shape()).collect();
        let shape = output_shape(&op, &shapes)?;
        let operands: Vec<_> = inputs
            .iter()
            .map(|input| Operand {
                buffer: &input.0.buffer,
                shape: &input.0.shape,
            })
            .collect();
        let device = inputs[0].device().clone();
        let buffer = device.run(&op, &operands, &shape)?;
        let trace = inputs
            .iter()
            .any(|input| input.is_traced())
            .then(|| Trace::Made {
                op,
                inputs: inputs.iter().map(|input| (*input).clone()).collect(),
            });
        Ok(Self::from_parts(shape, buffer, device, trace))
    }

    fn from_parts(shape: Shape, buffer: Buffer, device: Device, trace: Option<Trace>) -> Self {
        static NEXT_ID: AtomicU64 = AtomicU64::new(0);
        Self(Rc::new(Node {
            id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
            shape,
            buffer,
            device,
            trace,
        }))
    }

    /// The lengths of its axes.
    pub fn shape(&self) -> &Shape {
        &self.0.shape
    }

    /// Where it lives.
    pub fn device(&self) -> &Device {
        &self.0.device
    }

    /// Whether it remembers how it was made.
    pub fn is_traced(&self) -> bool {
        self.0.trace.is_some()
    }

    /// The same values as the start of a new trace.
    pub fn traced(&self) -> Self {
        self.with_trace(Some(Trace::Leaf))
    }

    /// The same values without a memory.
    pub fn detached(&self) -> Self {
        if self.is_traced() {
            self.with_trace(None)
        } else {
            self.clone()
        }
    }

    fn with_trace(&self, trace: Option<Trace>) -> Self {
        Self::from_parts(
            self.0.shape.clone(),
            self.0.buffer.clone(),
            self.0.device.clone(),
            trace,
        )
    }

    pub(crate) fn id(&self) -> u64 {
        self.0.id
    }

    #[cfg(test)]
    pub(crate) fn buffer(&self) -> &Buffer {
        &self.0.buffer
    }

    pub(crate) fn trace(&self) -> Option<&Trace> {
        self.0.trace.as_ref()
    }

    /// Copies the values to the host.
    ///
    /// # Errors
    /// If the device failed, now or while it computed them.
    pub async fn read(&self) -> Result<Vec<f32>> {
        self.0.device.read(&self.0.buffer).await
    }
}

/// One method for each op; all fail if shapes do not fit or the device fails.
impl Tensor {
    /// `self + other`, broadcast.
    ///
    /// # Errors
    /// See the head of this block.
    pub fn add(&self, other: &Tensor) -> Result<Self> {
        Self::apply(Op::Add, &[self, other])
    }

    /// `self − other`, broadcast.
    ///
    /// # Errors
    /// See the head of this block.
    pub fn subtract(&self, other: &Tensor) -> Result<Self> {
        Self::apply(Op::Subtract, &[self, other])
    }

    /// `self × other`, broadcast.
    ///
    /// # Errors
    /// See the head of this block.
    pub fn multiply(&self, other: &Tensor) -> Result<Self> {
        Self::apply(Op::Multiply, &[self, other])
    }

    /// `self / other`, broadcast.
    ///
    /// # Errors
    /// See the head of this block.
    pub fn divide(&self, other: &Tensor) -> Result<Self> {
        Self::apply(Op::Divide, &[self, other])
    }

    /// `self × factor`.
    ///
    /// # Errors
    /// See the head of this block.
    pub fn scale(&self, factor: f32) -> Result<Self> {
        Self::apply(Op::Scale(factor), &[self])
    }

    /// `exp(self)`.
    ///
    /// # Errors
    /// See the head of this block.
    pub fn exponential(&self) -> Result<Self> {
        Self::apply(Op::Exponential, &[self])
    }

    /// `√self`.
    ///
    /// # Errors
    /// See the head of this block.
    pub fn square_root(&self) -> Result<Self> {
        Self::apply(Op::SquareRoot, &[self])
    }

    /// The natural logarithm of `self`.
    ///
    /// # Errors
    /// See the head of this block.
    pub fn logarithm(&self) -> Result<Self> {
        Self::apply(Op::Logarithm, &[self])
    }

    /// A nonlinearity.
    ///
    /// # Errors
    /// See the head of this block.
    pub fn activate(&self, activation: Activation) -> Result<Self> {
        Self::apply(Op::Activate(activation), &[self])
    }

    /// Softmax over the last axis.
    ///
    /// # Errors
    /// See the head of this block.
    pub fn softmax(&self) -> Result<Self> {
        Self::apply(Op::Softmax, &[self])
    }

    /// Logarithm of the softmax over the last axis.
    ///
    /// # Errors
    /// See the head of this block.
    pub fn log_softmax(&self) -> Result<Self> {
        Self::apply(Op::LogSoftmax, &[self])
    }

    /// Zero mean and unit variance along the last axis.
    ///
    /// # Errors
    /// See the head of this block.
    pub fn normalize(&self, epsilon: f32) -> Result<Self> {
        Self::apply(Op::Normalize { epsilon }, &[self])
    }

    /// 1 for the likeliest values of the last axis, 0 for others; see [`Op::Nucleus`].
    ///
    /// # Errors
    /// See the head of this block.
    pub fn nucleus(&self, mass: f32, n_least: usize, n_most: usize) -> Result<Self> {
        let op = Op::Nucleus {
            mass,
            n_least,
            n_most,
        };
        Self::apply(op, &[self])
    }

    /// `self × other`, matrices in the last two axes.
    ///
    /// # Errors
    /// See the head of this block.
    pub fn matmul(&self, other: &Tensor) -> Result<Self> {
        Self::apply(Op::MatMul(Transposed::Neither), &[self, other])
    }

    /// `self × otherᵀ`, matrices in the last two axes.
    ///
    /// # Errors
    /// See the head of this block.
    pub fn matmul_transposed(&self, other: &Tensor) -> Result<Self> {
        Self::apply(Op::MatMul(Transposed::Right), &[self, other])
    }

    /// Sum over an axis, which stays with length 1.
    ///
    /// # Errors
    /// See the head of this block.
    pub fn sum(&self, axis: BackAxis) -> Result<Self> {
        Self::apply(Op::Sum(axis), &[self])
    }

    /// Gives the last `n_trailing` axes another shape with as many values.
    ///
    /// # Errors
    /// See the head of this block.
    pub fn reshape(&self, n_trailing: usize, to: &[usize]) -> Result<Self> {
        let from = self.shape().trailing(n_trailing).to_vec();
        let to = to.to_vec();
        Self::apply(Op::Reshape { from, to }, &[self])
    }

    /// Repeats values until the last axes are `to`.
    ///
    /// # Errors
    /// See the head of this block.
    pub fn broadcast(&self, n_trailing: usize, to: &[usize]) -> Result<Self> {
        let from = self.shape().trailing(n_trailing).to_vec();
        let to = to.to_vec();
        Self::apply(Op::Broadcast { from, to }, &[self])
    }

    /// Exchanges two axes.
    ///
    /// # Errors
    /// See the head of this block.
    pub fn swap_axes(&self, left: BackAxis, right: BackAxis) -> Result<Self> {
        Self::apply(Op::SwapAxes(left, right), &[self])
    }

    /// Rows by number, `[rows, n]` → `[ids, n]`.
    ///
    /// # Errors
    /// See the head of this block.
    pub fn pick_rows(&self, ids: &[u32]) -> Result<Self> {
        Self::apply(Op::PickRows(ids.into()), &[self])
    }

    /// One value of each row, `[rows, columns]` → `[rows]`.
    ///
    /// # Errors
    /// See the head of this block.
    pub fn pick_columns(&self, ids: &[u32]) -> Result<Self> {
        Self::apply(Op::PickColumns(ids.into()), &[self])
    }

    /// `self`, then `other`, along an axis.
    ///
    /// # Errors
    /// See the head of this block.
    pub fn concatenate(&self, other: &Tensor, axis: BackAxis) -> Result<Self> {
        Self::apply(Op::Concatenate(axis), &[self, other])
    }

    /// `length` indices of an axis, from `start` on.
    ///
    /// # Errors
    /// See the head of this block.
    pub fn narrow(&self, axis: BackAxis, start: usize, length: usize) -> Result<Self> {
        let op = Op::Narrow {
            axis,
            start,
            length,
        };
        Self::apply(op, &[self])
    }
}

impl fmt::Debug for Tensor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "Tensor({} on {})",
            self.shape(),
            self.device().name()
        )
    }
}
