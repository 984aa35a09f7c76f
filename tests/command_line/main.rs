//! `inseq`, as its users call it: what it says, what it writes, and what it does
//! with arguments, texts and model folders that cannot be used.
//!
//! Not here: whether numbers are right (`golden`).

mod aggregation;
mod arguments;
mod attribute;
mod broken_models;
mod context;
mod dataset;
mod expect;
mod faithfulness;
mod hub;
mod readme;
mod texts;
