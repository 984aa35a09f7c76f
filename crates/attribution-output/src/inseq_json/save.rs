use std::io::Write as _;

use flate2::{Compression, GzBuilder};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::write::{Form, write_text};
use crate::AttributionOutput;

/// How a result is saved; names and defaults are those of Inseq's `save`.
///
/// `ndarray_compact` has no twin here: it concerns step attributions, which are not
/// written because Inseq cannot read them back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SaveSettings {
    /// Gzip the text. Inseq reads it if it is told to `decompress`.
    pub compress: bool,
    /// How exactly scores are written.
    pub scores_precision: ScoresPrecision,
    /// Leave out which class each object has. Inseq cannot read that back, we can.
    pub use_primitives: bool,
}

/// How many bits each score takes in a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScoresPrecision {
    /// As computed.
    #[default]
    Float32,
    /// Eleven significant bits; magnitudes below 6e-8 become zero.
    Float16,
    /// Four significant bits; magnitudes below 0.001 become zero, those above 464 NaN.
    Float8,
}

/// Writes the file that Inseq's `save` would write.
pub fn save_inseq_json(output: &AttributionOutput, settings: SaveSettings) -> Vec<u8> {
    let form = Form {
        precision: settings.scores_precision,
        use_primitives: settings.use_primitives,
    };
    let text = write_text(output, form).into_bytes();
    if !settings.compress {
        return text;
    }
    // Level and missing time are Inseq's, so that the same result is the same file.
    let mut zipped = GzBuilder::new()
        .mtime(0)
        .write(Vec::new(), Compression::new(5));
    zipped
        .write_all(&text)
        .and_then(|()| zipped.finish())
        .expect("memory can be written to")
}

/// One result for each sequence, as the files that Inseq saves with
/// `split_sequences`: each with its own texts.
pub fn split_sequences(output: &AttributionOutput) -> Vec<AttributionOutput> {
    let one = |(index, sequence): (usize, &crate::Attribution)| {
        let mut info = output.info.clone();
        for key in ["input_texts", "generated_texts"] {
            if let Some(Value::Array(texts)) = info.get_mut(key) {
                *texts = texts.get(index).cloned().into_iter().collect();
            }
        }
        AttributionOutput {
            info,
            sequences: vec![sequence.clone()],
        }
    };
    output.sequences.iter().enumerate().map(one).collect()
}
