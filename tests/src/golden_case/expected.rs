//! What Inseq said, and how it is compared.

use std::collections::BTreeMap;

use attribution_output::{Axis, Scores};
use serde::Deserialize;

use crate::tolerance::{Tolerance, within};

/// What Inseq said.
#[derive(Deserialize)]
pub(super) struct Expected {
    pub(super) source_tokens: Vec<(String, i64)>,
    pub(super) target_tokens: Vec<(String, i64)>,
    pub(super) attr_pos_start: usize,
    pub(super) attr_pos_end: usize,
    source_attributions: Option<Array>,
    target_attributions: Option<Array>,
    #[serde(default)]
    pub(super) step_scores: BTreeMap<String, Array>,
    #[serde(default)]
    sequence_scores: BTreeMap<String, Array>,
    pub(super) aggregated: Aggregated,
}

/// After the default aggregation.
#[derive(Deserialize)]
pub(super) struct Aggregated {
    source_attributions: Option<Array>,
    target_attributions: Option<Array>,
    #[serde(default)]
    sequence_scores: BTreeMap<String, Array>,
}

/// An array of a case file: row-major, `null` for NaN.
#[derive(Deserialize)]
pub struct Array {
    /// Length of each axis.
    pub shape: Vec<usize>,
    data: Vec<Option<f32>>,
}

impl Array {
    /// The values, NaN for `null`.
    pub fn values(&self) -> Vec<f32> {
        self.data
            .iter()
            .map(|value| value.unwrap_or(f32::NAN))
            .collect()
    }
}

pub(super) type Named<'a> = Vec<(String, &'a Array)>;

impl Expected {
    pub(super) fn attributions(&self) -> Named<'_> {
        named(
            &self.source_attributions,
            &self.target_attributions,
            &self.sequence_scores,
        )
    }
}

impl Aggregated {
    pub(super) fn attributions(&self) -> Named<'_> {
        named(
            &self.source_attributions,
            &self.target_attributions,
            &self.sequence_scores,
        )
    }
}

pub(super) fn named<'a>(
    source: &'a Option<Array>,
    target: &'a Option<Array>,
    sequence_scores: &'a BTreeMap<String, Array>,
) -> Named<'a> {
    let source = source.iter().map(|array| ("source_attributions", array));
    let target = target.iter().map(|array| ("target_attributions", array));
    let others = sequence_scores
        .iter()
        .map(|(name, array)| (name.as_str(), array));
    let all = source.chain(target).chain(others);
    all.map(|(name, array)| (name.to_owned(), array)).collect()
}

pub(super) fn per_target(values: &[f32]) -> Scores {
    Scores {
        axes: vec![Axis::Targets],
        shape: vec![values.len()],
        values: values.to_vec(),
    }
}

/// Compares all values, but that the targets of `is_zero` must be exactly 0 or NaN.
pub(super) fn compare(
    tolerance: Tolerance,
    name: &str,
    expected: &Array,
    found: Option<&Scores>,
    is_zero: &[bool],
) -> Result<(), String> {
    let Some(found) = found else {
        return Err(format!("{name}: absent"));
    };
    if found.shape != expected.shape {
        return Err(format!(
            "{name}: shape {:?}, expected {:?}",
            found.shape, expected.shape
        ));
    }
    let width: usize = expected.shape.iter().skip(2).product();
    let mut expected = expected.values();
    for (index, value) in expected.iter_mut().enumerate() {
        let target = index / width % is_zero.len().max(1);
        if is_zero.get(target) == Some(&true) && !value.is_nan() {
            if found.values[index] != 0.0 {
                return Err(format!("{name}: value {index} is not 0"));
            }
            *value = 0.0;
        }
    }
    within(tolerance, &expected, &found.values).map_err(|error| format!("{name}: {error}"))
}
