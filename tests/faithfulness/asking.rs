//! The tiny models, a text for each, and how faithful an attribution is to them.

use std::collections::BTreeMap;

use attribution::{Error, OptionValue, Request, attribute, faithfulness};
use attribution_output::{Attribution, Faithfulness, FaithfulnessSettings};
pub(crate) use inseq_tests::tiny_models::{short_request as request, tiny};
use models::SequenceModel;

pub(crate) const FAMILIES: [&str; 2] = ["gpt2", "marian"];

/// An option of the request's method.
pub(crate) fn with_option(mut request: Request, name: &str, value: OptionValue) -> Request {
    request.method_options = BTreeMap::from([(name.to_owned(), value)]);
    request
}

pub(crate) fn attributed(model: &dyn SequenceModel, request: &Request) -> Attribution {
    futures::executor::block_on(attribute(model, request, &mut |_, _| {})).unwrap()
}

pub(crate) fn measured(
    model: &dyn SequenceModel,
    request: &Request,
    attribution: &Attribution,
    settings: &FaithfulnessSettings,
) -> Result<Faithfulness, Error> {
    let mut progress = |_, _| {};
    let measured = faithfulness(model, request, attribution, settings, &mut progress);
    futures::executor::block_on(measured)
}

/// Few samples, and these fractions.
pub(crate) fn settings(fractions: &[f64]) -> FaithfulnessSettings {
    FaithfulnessSettings {
        fractions: fractions.to_vec(),
        n_samples: 3,
        ..FaithfulnessSettings::default()
    }
}

/// Every number of each target, in one list.
pub(crate) fn numbers(measured: &Faithfulness) -> Vec<f32> {
    let of_target = measured.targets.iter().flat_map(|target| {
        let it = &target.measures;
        let mut numbers = vec![
            it.score,
            it.score_without_all,
            it.comprehensiveness,
            it.sufficiency,
            it.soft_comprehensiveness,
            it.soft_sufficiency,
        ];
        for point in &it.curve {
            numbers.extend([point.comprehensiveness, point.sufficiency]);
        }
        numbers
    });
    of_target.map(|number| number as f32).collect()
}
