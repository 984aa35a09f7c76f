//! Model files in the browser: fetched, kept for the next visit, or chosen from disk.

mod arrived;
mod blob_file;
mod browser_source;
mod download;
mod kept_files;
pub(crate) mod promises;
mod sink;

pub(crate) use browser_source::{BrowserSource, ChosenFiles};
