/// Why there is no WebGPU device.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The browser or the system offers none.
    #[error("WebGPU found no graphics processor: {reason}")]
    NoAdapter {
        /// What the system said.
        reason: String,
    },
    /// It is there, but its programs cannot read 16-bit floats, which were asked for.
    #[error("the graphics processor cannot read 16-bit floats (shader-f16), on {adapter}")]
    NoF16 {
        /// Its name.
        adapter: String,
    },
    /// It is there, but does not do what is needed.
    #[error("the graphics processor was refused: {reason}, on {adapter}")]
    Refused {
        /// Its name.
        adapter: String,
        /// What it said.
        reason: String,
    },
}
