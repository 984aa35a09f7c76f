//! Same data, same picture: snapshots of every output, and hostile text that stays
//! text in each of them.
//!
//! After a wanted change: `INSTA_UPDATE=always cargo test -p inseq-tests --test
//! pictures`, then read the difference, and look at the HTML and the SVG.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod hostile_text;
mod player_style;
mod showcases;
mod snapshots;
mod stored_example;

use std::path::Path;

use attribution_output::{AttributionOutput, from_inseq_json};

/// A result that Inseq itself saved.
fn golden_output(name: &str) -> AttributionOutput {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/cases");
    let path = folder.join(format!("{name}.inseq.json"));
    from_inseq_json(std::fs::read(path).unwrap()).unwrap()
}
