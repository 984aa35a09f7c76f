/// Why a model cannot be loaded or used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The model folder lacks a file that is needed.
    #[error("model folder has no file {name:?}")]
    MissingFile {
        /// What was asked for.
        name: String,
    },
}

/// A result of this crate.
pub type Result<Value, Failure = Error> = std::result::Result<Value, Failure>;
