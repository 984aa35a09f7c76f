//! What the suites share: models small enough to commit or to draw, and named tolerances.
//!
//! Not here: cases, which lie in the folders of their suites.

pub mod bench_models;
pub mod command_line;
pub mod draws;
pub mod random_models;
pub mod rank_correlation;
pub mod shared;
pub mod stopwatch;
pub mod tiny_models;
pub mod tolerance;
