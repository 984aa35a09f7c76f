//! The browser adapter: a worker that carries out requests, and model files by fetch.
//!
//! [`start_worker`] makes this thread an engine: it takes [`protocol::Request`]s as
//! messages and posts [`protocol::Message`]s. Not here: what a request means
//! (`engine`), and how an answer is shown (`web`).

mod browser_devices;
mod files;
#[cfg(feature = "threads")]
mod threads;
mod worker;

pub use worker::start_worker;
