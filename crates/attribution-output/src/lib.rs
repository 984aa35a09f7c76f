//! What an attribution is: tokens, scores with named axes, how they were made;
//! its aggregation, and Inseq's JSON.
//!
//! Everything here is a pure function of finished results. Not here: models,
//! devices, colors. The page links this crate without the engine.

mod attribution;
mod scores;
mod token;

pub use attribution::{Attribution, AttributionOutput, Kind};
pub use scores::{Axis, Scores};
pub use token::{Spelling, Token};
