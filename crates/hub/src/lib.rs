//! Where a model's bytes come from.
//!
//! A [`ModelId`] names a model, and its form says where its files are; a [`FileSource`]
//! finds them and opens them, one at a time. [`LocalFolder`] is the source on disk; the
//! browser and the command line bring those that reach servers, which share the rules
//! here: addresses, what a [`Listing`] says, what a download may cost and when it is
//! tried again. Not here: what is in a file (`models`), and where files are kept
//! (`wasm`, `cli`).

mod check;
mod error;
mod listing;
mod local;
mod model_id;
mod retries;
mod source;

pub use check::Check;
pub use error::{Error, Result};
pub use listing::{ListedFile, Listing};
pub use local::{LocalFile, LocalFolder};
pub use model_id::{HUB_ENDPOINT, Location, ModelId, Repository};
pub use retries::{Answer, Next, Retries};
pub use source::{FileSource, KeptModel, LocalFuture, OpenFile, Progress, Step};
