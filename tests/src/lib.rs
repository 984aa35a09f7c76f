//! What the suites share: models small enough to commit or to draw, golden cases, which run
//! through the engine, the command line and the browser, and named tolerances.
//!
//! Not here: other cases, which lie in the folders of their suites.

pub mod bench_models;
pub mod command_line;
pub mod draws;
pub mod golden_case;
pub mod only_cpu;
pub mod planted_causes;
pub mod random_models;
pub mod shared;
pub mod stopwatch;
pub mod tiny_models;
pub mod tolerance;
pub mod webgpu;
