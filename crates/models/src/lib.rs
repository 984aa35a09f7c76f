//! From checkpoint bytes to GPT-2 and Marian, with named sites; tokenizers;
//! generation.
//!
//! Everything here is a function of bytes and texts that were handed in. Not here:
//! where files come from (`hub`), which device computes (`backend-cpu`,
//! `backend-webgpu`), what an attribution is (`attribution`).

mod error;

pub use error::{Error, Result};
