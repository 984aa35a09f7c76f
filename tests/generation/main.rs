//! Do we write what transformers' `generate` writes, and what a request asks for?
//!
//! `transformers.json` is made by `make_cases.py`; `golden/generation.json` came with
//! the golden cases.

mod agreement;
mod requests;
mod sampled;
mod written;
