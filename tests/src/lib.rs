//! What the suites share: models small enough to commit, and named tolerances.
//!
//! Not here: cases, which lie in the folders of their suites.

pub mod command_line;
pub mod tiny_models;
pub mod tolerance;
