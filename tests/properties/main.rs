//! Do the laws hold on random tiny models, whatever their size and settings?
//!
//! Each law runs on both families. Not here: agreement with anybody else's numbers
//! (`tests/golden`), single ops (`tests/ops`).

mod attributed;
mod completeness;
mod cost;
mod devices;
mod forward_pass;
mod gradients;
mod invariance;
mod memory;
mod model_scores;
mod results;
