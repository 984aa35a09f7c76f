//! Do we give the values that Inseq's own tests and tutorial publish of real models?
//! Groups A and B of the project's list of published results. A case runs where its
//! model is found or can be downloaded (`real_models.rs` says where it is looked for), and
//! is skipped, with the reason, where it is not. Cases are data: `contexts.json`,
//! `attributions.json`, each with its source.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod attributions;
mod contexts;
mod real_models;
