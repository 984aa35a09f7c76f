//! What the suites share: models small enough to commit, and named tolerances.

pub mod tiny_models;
pub mod tolerance;
