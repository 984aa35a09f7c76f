//! Inseq's JSON: the files that its `save` writes and its `load` reads.
//!
//! Every object is `{"__instance_type__": [module, class], "attributes": {..}}`.
//! The root, `FeatureAttributionOutput`, has `info` (a plain object) and
//! `sequence_attributions`; a sequence's class is the [`Kind`](crate::Kind); a
//! token is a `TokenWithId` with `id` and `token`. A tensor is a string: base64 of
//! a safetensors file with the one tensor `attribution`. Older releases wrote
//! tensors as `__ndarray__` objects, which are read too. With `use_primitives` the
//! wrapping objects are left out; Inseq cannot load such a file, we can: the kind then
//! follows from the method and the shapes.
//!
//! What Inseq wrote is written back byte for byte, with these exceptions:
//! - Tensors of other types than 32-bit floats are read, and written as such.
//! - `step_attributions` are written as null, because Inseq cannot read what it
//!   writes there; they are read apart from the rest.
//! - `NaN` and `Infinity` in `info` become null.
//! - A granular attribution whose hidden coordinates are folded, or one whose
//!   layers are aggregated, is written as coarse, because Inseq's default
//!   aggregation would fail on it; columns are normalized first, so that Inseq shows
//!   the numbers that it would show of the unfolded one. The key `aggregated_from`
//!   in `info` keeps the kind, which is restored when we read the file.

mod merge;
pub(crate) mod parse;
mod place;
mod read;
mod save;
mod steps;
mod tensor;
mod write;

pub use merge::merge;
pub use read::from_inseq_json;
pub use save::{SaveSettings, ScoresPrecision, save_inseq_json, split_sequences};
pub use steps::{StepAttribution, steps_from_inseq_json};
pub use write::to_inseq_json;

const INSTANCE_TYPE: &str = "__instance_type__";
const ATTRIBUTES: &str = "attributes";
/// Ours, in `info`: the class before the attributions became matrices.
const AGGREGATED_FROM: &str = "aggregated_from";
const OUTPUT_MODULE: &str = "inseq.data.attribution";
const OUTPUT_CLASS: &str = "FeatureAttributionOutput";
const TOKEN_MODULE: &str = "inseq.utils.typing";
const TOKEN_CLASS: &str = "TokenWithId";
