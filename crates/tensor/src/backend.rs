use std::any::Any;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use crate::{Op, Result, Shape};

/// Runs ops. Object-safe, so that nothing above it is generic over a backend.
pub trait Backend {
    /// Its name in messages and diagnostics, such as `cpu`.
    fn name(&self) -> &'static str;

    /// Whether it only stands in for a device, and is slower than the processor that it
    /// runs on.
    fn is_emulated(&self) -> bool {
        false
    }

    /// What there is to know of it, for a diagnosis: names and values, in words.
    fn facts(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// How many bytes of intermediate values make good use of the device, when nobody
    /// says otherwise. One value of such a work has at most a quarter of them.
    fn memory_budget_bytes(&self) -> usize {
        256 << 20
    }

    /// How many bytes weights take at most that have `n_bytes` as 32-bit floats, with what
    /// is kept beside them to read them faster.
    fn weights_memory_bytes(&self, n_bytes: u64) -> u64 {
        n_bytes
    }

    /// Puts values on the device. The caller has checked that they fill `shape`.
    ///
    /// # Errors
    /// If the device has no room.
    fn upload(&self, values: Vec<f32>, shape: &Shape, usage: Usage) -> Result<Buffer>;

    /// Runs one op. The caller has checked `output` by
    /// [`output_shape`](crate::output_shape).
    ///
    /// # Errors
    /// If the device fails; some devices say so only when a value is read.
    fn run(&self, op: &Op, inputs: &[Operand<'_>], output: &Shape) -> Result<Buffer>;

    /// Copies values back. The only thing that waits.
    fn read<'a>(&'a self, buffer: &'a Buffer) -> LocalFuture<'a, Result<Vec<f32>>>;
}

/// What values are for, so that a backend may prepare them once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usage {
    /// The right-hand matrix of many products.
    Weight,
    /// Anything else.
    Value,
}

/// One input of an op.
pub struct Operand<'a> {
    /// Its values, as the backend keeps them.
    pub buffer: &'a Buffer,
    /// Its shape.
    pub shape: &'a Shape,
}

/// Values on a device; only the backend that made it looks inside.
pub type Buffer = Rc<dyn Any>;

/// A backend, shared by the tensors on it.
pub type Device = Rc<dyn Backend>;

/// A future that stays on its thread.
pub type LocalFuture<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;
