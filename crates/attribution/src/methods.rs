//! The registry of methods, one line each.

mod attention;
mod deeplift;
mod discretized_integrated_gradients;
mod gradient_shap;
mod input_x_gradient;
mod integrated_gradients;
mod layer_deeplift;
mod layer_gradient_x_activation;
mod layer_integrated_gradients;
mod lime;
mod occlusion;
mod reagent;
mod saliency;
mod sequential_integrated_gradients;
mod value_zeroing;

use crate::method::{Method, MethodEntry, RunSize};
use crate::options::CheckedOptions;
use crate::{Error, MethodDescription, OptionDescription, OptionDomain, OptionValues, Result};

/// The method used when none is named.
pub const DEFAULT_METHOD: &str = "saliency";

const ENTRIES: &[MethodEntry] = &[
    saliency::ENTRY,
    input_x_gradient::ENTRY,
    integrated_gradients::ENTRY,
    deeplift::ENTRY,
    gradient_shap::ENTRY,
    discretized_integrated_gradients::ENTRY,
    sequential_integrated_gradients::ENTRY,
    layer_gradient_x_activation::ENTRY,
    layer_integrated_gradients::ENTRY,
    layer_deeplift::ENTRY,
    occlusion::ENTRY,
    lime::ENTRY,
    reagent::ENTRY,
    attention::ENTRY,
    value_zeroing::ENTRY,
];

/// Descriptions cross to JavaScript, whose numbers are whole up to here.
const LARGEST_IN_JAVASCRIPT: i64 = (1 << 53) - 1;

/// The option of what draws random numbers.
pub(crate) fn seed_option() -> OptionDescription {
    OptionDescription {
        id: "seed",
        title: "Seed",
        sentence: "Names the random numbers; the same seed gives the same result everywhere.",
        domain: OptionDomain::Integer {
            default: Some(0),
            minimum: 0,
            maximum: LARGEST_IN_JAVASCRIPT,
        },
    }
}

/// What [`seed_option`] was set to.
pub(crate) fn seed(options: &CheckedOptions<'_>) -> u64 {
    let seed = options.integer("seed").unwrap_or_default();
    u64::try_from(seed).expect("the option has no negative values")
}

/// All methods, in the order to show them.
pub fn method_descriptions() -> Vec<MethodDescription> {
    ENTRIES.iter().map(|entry| (entry.describe)()).collect()
}

/// About how many passes over the whole text a method takes with some options: forward
/// ones, and reverse ones for one target each, which cost as much. Of methods that may
/// end early, the most; the real number may be half or twice as large.
///
/// # Errors
/// If there is no such method, or an option does not fit.
pub fn n_passes(id: &str, options: &OptionValues, size: RunSize) -> Result<f64> {
    Ok(method(id, options)?.n_passes(size))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limits_of_every_option_can_cross_to_javascript() {
        for method in method_descriptions() {
            for option in method.options {
                if let OptionDomain::Integer {
                    minimum, maximum, ..
                } = option.domain
                {
                    let limit = LARGEST_IN_JAVASCRIPT;
                    let place = (method.id, option.id);
                    assert!(minimum >= -limit && maximum <= limit, "{place:?}");
                }
            }
        }
    }
}
