//! The registry of methods, one line each.

mod attention;
mod deeplift;
mod discretized_integrated_gradients;
mod input_x_gradient;
mod integrated_gradients;
mod layer_deeplift;
mod layer_gradient_x_activation;
mod layer_integrated_gradients;
mod occlusion;
mod saliency;
mod sequential_integrated_gradients;
mod value_zeroing;

use crate::method::{Method, MethodEntry};
use crate::options::CheckedOptions;
use crate::{Error, MethodDescription, OptionValues, Result};

/// The method used when none is named.
pub const DEFAULT_METHOD: &str = "saliency";

const ENTRIES: &[MethodEntry] = &[
    saliency::ENTRY,
    input_x_gradient::ENTRY,
    integrated_gradients::ENTRY,
    occlusion::ENTRY,
    attention::ENTRY,
    value_zeroing::ENTRY,
    deeplift::ENTRY,
    discretized_integrated_gradients::ENTRY,
    sequential_integrated_gradients::ENTRY,
    layer_gradient_x_activation::ENTRY,
    layer_integrated_gradients::ENTRY,
    layer_deeplift::ENTRY,
];

/// All methods, in the order to show them.
pub fn method_descriptions() -> Vec<MethodDescription> {
    ENTRIES.iter().map(|entry| (entry.describe)()).collect()
}

/// Makes a method with some options; defaults where absent.
pub(crate) fn method(id: &str, given: &OptionValues) -> Result<Box<dyn Method>> {
    let entry = ENTRIES
        .iter()
        .find(|entry| (entry.describe)().id == id)
        .ok_or_else(|| Error::Unknown {
            what: "method",
            asked: id.to_owned(),
            known: method_descriptions()
                .iter()
                .map(|method| method.id.to_owned())
                .collect(),
        })?;
    let description = (entry.describe)();
    let checked = CheckedOptions::new(description.id, &description.options, given)?;
    (entry.make)(&checked)
}
