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
    /// A server does not know the model, or shows it to nobody.
    #[error("{server} has no model {name:?} that everybody may read, in revision {revision:?}")]
    NoRepository {
        /// The server.
        server: String,
        /// `owner/name`.
        name: String,
        /// As it was asked for.
        revision: String,
    },
    /// What is said to be a list of files is none.
    #[error("the list of files at {address} cannot be read: {reason}")]
    Listing {
        /// Its address.
        address: String,
        /// What is wrong with it.
        reason: String,
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
    /// What is kept for the next visit cannot be read or changed.
    #[error("the browser's storage cannot be used: {reason}")]
    Storage {
        /// What the browser says.
        reason: String,
    },
    /// A file is not what its place says it is.
    #[error("file {file:?} is damaged: {reason}, at {place}")]
    Damaged {
        /// Its name.
        file: String,
        /// What was expected and what was found.
        reason: String,
        /// The folder or address.
        place: String,
    },
}

/// A result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;
