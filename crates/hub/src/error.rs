/// Why a model's file cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A name that cannot be a model's.
    #[error("model name {name:?} {reason}")]
    ModelName {
        /// The name.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A file name that could leave the model's folder.
    #[error("file name {name:?} is not a plain name")]
    FileName {
        /// The name.
        name: String,
    },
    /// The folder of a model is not there.
    #[error("there is no model folder at {path}")]
    NoFolder {
        /// Where it was looked for.
        path: String,
    },
    /// A file is there and cannot be read.
    #[error("file {file:?} cannot be read: {reason}, at {place}")]
    Read {
        /// Its name.
        file: String,
        /// What the system or the server says.
        reason: String,
        /// The folder or address.
        place: String,
    },
}

/// A result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;
