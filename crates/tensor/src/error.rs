use crate::Shape;

/// What can go wrong with tensors.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An op was given a number of inputs it does not take.
    #[error("{op}: takes {expected} inputs, found {found}")]
    InputCount {
        /// The op.
        op: &'static str,
        /// How many it takes.
        expected: usize,
        /// How many it was given.
        found: usize,
    },
    /// Two shapes do not fit together.
    #[error("{op}: shapes do not fit: {left} and {right}")]
    ShapeMismatch {
        /// The op.
        op: &'static str,
        /// First input's shape.
        left: Shape,
        /// Second input's shape, or what the op was told to expect.
        right: Shape,
    },
    /// An axis, row, column or range lies outside a shape.
    #[error("{op}: {what} {index} is outside {shape}")]
    OutOfRange {
        /// The op.
        op: &'static str,
        /// What was counted.
        what: &'static str,
        /// The offending number.
        index: usize,
        /// The shape it should lie in.
        shape: Shape,
    },
    /// A number of values that does not fill a shape.
    #[error("{shape} holds {expected} values, found {found}")]
    ValueCount {
        /// The shape.
        shape: Shape,
        /// How many it holds.
        expected: usize,
        /// How many were given.
        found: usize,
    },
    /// An op that occurs only inside reverse passes was itself traced.
    #[error("{op}: has no derivative")]
    NoDerivative {
        /// The op.
        op: &'static str,
    },
    /// A run that was to be compared with another was computed in another way.
    #[error("references: one run has {found} steps, the other {reference}, or others")]
    UnlikeTraces {
        /// Steps of the run.
        found: usize,
        /// Steps of the run that should be its reference.
        reference: usize,
    },
    /// The device has no room, for all values together or for this one: with smaller
    /// pieces the same work may fit.
    #[error("{device}: {op}: no room for {bytes} bytes")]
    OutOfMemory {
        /// The backend's name.
        device: &'static str,
        /// What it was doing.
        op: &'static str,
        /// How many bytes were asked for, or were in use when it failed.
        bytes: u64,
    },
    /// The device is gone, with all values on it.
    #[error("{device}: the device was lost: {reason}")]
    DeviceLost {
        /// The backend's name.
        device: &'static str,
        /// What the system said.
        reason: String,
    },
    /// The device could not run an op, or read a value back.
    #[error("{device}: {op}: {message}")]
    Device {
        /// The backend's name.
        device: &'static str,
        /// What it was doing.
        op: &'static str,
        /// What it said.
        message: String,
    },
}

/// A result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;
