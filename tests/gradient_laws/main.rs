//! Do the gradient methods hold their laws, and agree with plain routes that share no
//! code with them? On the tiny models, both families.
//!
//! Not here: agreement with Inseq (`tests/golden`), random models
//! (`tests/properties`).

mod deeplift;
mod layers;
mod plain_scores;
mod sequential;
mod tiny_text;
