//! Where a model's bytes come from.
//!
//! A [`ModelId`] names a model; a [`FileSource`] reads its files, one at a time.
//! [`LocalFolder`] is the source on disk; the browser brings its own. Not here: what
//! is in a file (`models`), and where files are kept in a browser (`wasm`).

mod error;
mod local;
mod model_id;
mod source;

pub use error::{Error, Result};
pub use local::LocalFolder;
pub use model_id::ModelId;
pub use source::{FileSource, LocalFuture, Progress};
