use crate::Axis;

/// Why scores could not be made, aggregated or read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Names and lengths of the axes do not pair up.
    #[error("scores need one name for each axis, found {names} names for {lengths} lengths")]
    AxisCount {
        /// How many names there are.
        names: usize,
        /// How many lengths there are.
        lengths: usize,
    },
    /// A shape and its values disagree.
    #[error("scores of shape {shape:?} do not hold {found} values")]
    ValueCount {
        /// Length of each axis.
        shape: Vec<usize>,
        /// How many values there are.
        found: usize,
    },
    /// An axis was asked for that is not there.
    #[error("scores have no axis of {axis}")]
    MissingAxis {
        /// The axis asked for.
        axis: Axis,
    },
    /// An index past the end of an axis.
    #[error("index {index} is out of range: there are {length} {axis}")]
    OutOfRange {
        /// The axis.
        axis: Axis,
        /// What was asked for.
        index: usize,
        /// How many there are.
        length: usize,
    },
    /// Source and target scores do not describe the same targets.
    #[error(
        "source scores {source_shape:?} and target scores {target_shape:?} differ after their rows"
    )]
    DifferentTargets {
        /// Shape of the source scores.
        source_shape: Vec<usize>,
        /// Shape of the target scores.
        target_shape: Vec<usize>,
    },
    /// A matrix, a row of scores or a position does not fit the tokens.
    #[error("{place}: expected {expected}, found {found}")]
    Mismatch {
        /// Where, such as `sequence_attributions[0].source_attributions`.
        place: String,
        /// What the tokens ask for.
        expected: String,
        /// What is there.
        found: String,
    },
    /// No such aggregation function.
    #[error("aggregation function {name:?} is unknown; known are {known}")]
    UnknownFunction {
        /// What was asked for.
        name: String,
        /// Those that exist.
        known: String,
    },
    /// The text is not JSON.
    #[error("not a JSON text: {cause}")]
    Json {
        /// Where and why.
        #[source]
        cause: serde_json::Error,
    },
    /// The compressed bytes are broken, or too many.
    #[error("compressed result cannot be unpacked: {cause}")]
    Gzip {
        /// Why.
        #[source]
        cause: std::io::Error,
    },
    /// The unpacked text is too long to be a result.
    #[error("compressed result unpacks to more than {limit} bytes")]
    TooLong {
        /// The longest text that is read.
        limit: u64,
    },
    /// A tensor's text is not base64.
    #[error("{place}: not base64: {cause}")]
    Base64 {
        /// Where, such as `sequence_attributions[0].source_attributions`.
        place: String,
        /// Why.
        #[source]
        cause: base64::DecodeError,
    },
    /// A tensor's bytes are not a safetensors file.
    #[error("{place}: not a tensor: {cause}")]
    Tensor {
        /// Where, such as `sequence_attributions[0].source_attributions`.
        place: String,
        /// Why.
        #[source]
        cause: safetensors::SafeTensorError,
    },
}

/// What the functions of this crate return.
pub type Result<T> = std::result::Result<T, Error>;
