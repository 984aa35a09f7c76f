//! The op vocabulary, shapes, tensors, and the reverse pass.
//!
//! A [`Tensor`] is a value on some [`Device`]. Running an [`Op`] makes another;
//! if an input is traced, the result remembers how it was made, and
//! [`pullback`] carries cotangents from it back to any tensor on the way, many
//! targets at once, by derivatives or by a rule of the caller's. Axes count from the
//! back, so that the same rules hold when a value carries extra leading axes.
//!
//! Not here: how an op computes (the backends), what a model is (`models`), files.
//! A backend in turn knows no gradient: derivatives are written once, in `vjp.rs`,
//! in the ops of this vocabulary.

mod backend;
mod error;
mod op;
mod output_shape;
mod pullback;
mod references;
mod shape;
mod tensor;
mod vjp;

pub use backend::{Backend, Buffer, Device, LocalFuture, Operand, Usage};
pub use error::{Error, Result};
pub use op::{Activation, Op, Transposed};
pub use output_shape::output_shape;
pub use pullback::{Link, pullback, pullback_by};
pub use references::References;
pub use shape::{BackAxis, Shape};
pub use tensor::Tensor;
