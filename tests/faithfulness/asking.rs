//! The tiny models, a text for each, and how faithful an attribution is to them.

use std::collections::BTreeMap;

use attribution::{Error, OptionValue, Request, attribute, faithfulness};
use attribution_output::{Attribution, Faithfulness, FaithfulnessSettings};
use inseq_tests::tiny_models::{load_tiny, tiny_models};
use models::SequenceModel;

pub(crate) const FAMILIES: [&str; 2] = ["gpt2", "marian"];

/// A tiny model of a family.
pub(crate) fn tiny(family: &str) -> Box<dyn SequenceModel> {
    load_tiny(&tiny_models().join(family))
}

/// A request for a short text, everything attributed.
pub(crate) fn request(model: &dyn SequenceModel, method: &str) -> Request {
    let tokenizer = model.tokenizer();
    let mut request = if model.summary().is_encoder_decoder {
        let source = tokenizer.encode("The developer argued with the designer.");
        let start = model.summary().decoder_start_token_id.unwrap();
        let mut target = vec![start];
        target.extend(tokenizer.encode_target("Le développeur").unwrap());
        Request::new(Some(source.unwrap()), target, 1)
    } else {
        let target = tokenizer.encode("The developer argued with the designer because");
        Request::new(None, target.unwrap(), 5)
    };
    request.method = method.to_owned();
    request.attribute_target = true;
    request
}

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
