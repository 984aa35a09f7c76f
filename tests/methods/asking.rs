//! The tiny models, and a text for each.

use std::collections::BTreeMap;

use attribution::{Error, Fold, OptionValue, Request, attribute};
use attribution_output::Attribution;
use inseq_tests::tiny_models::short_request;
pub(crate) use inseq_tests::tiny_models::tiny;
use models::SequenceModel;
use serde_json::Value;

/// The request for the short text, with whole scores kept.
pub(crate) fn request(model: &dyn SequenceModel, method: &str) -> Request {
    Request {
        fold: Fold::Keep,
        ..short_request(model, method)
    }
}

pub(crate) fn answer(model: &dyn SequenceModel, request: &Request) -> Result<Attribution, Error> {
    futures::executor::block_on(attribute(model, request, &mut |_, _| {}))
}

/// Options from JSON.
pub(crate) fn options(json: &Value) -> BTreeMap<String, OptionValue> {
    let object = json.as_object().expect("options are an object");
    let options = object.iter();
    options
        .map(|(name, value)| (name.clone(), option(value)))
        .collect()
}

fn option(value: &Value) -> OptionValue {
    match value {
        Value::Bool(value) => OptionValue::Flag(*value),
        Value::Number(value) => match value.as_i64() {
            Some(value) => OptionValue::Integer(value),
            None => OptionValue::Number(value.as_f64().unwrap()),
        },
        Value::String(value) => OptionValue::Text(value.clone()),
        Value::Array(values) => OptionValue::List(values.iter().map(option).collect()),
        Value::Object(_) => OptionValue::Map(options(value)),
        Value::Null => panic!("no option is null"),
    }
}

/// Every matrix of an answer, by name.
pub(crate) fn matrices(answer: &Attribution) -> Vec<(String, Vec<f32>)> {
    let parts = [
        ("source", &answer.source_attributions),
        ("target", &answer.target_attributions),
    ];
    let parts = parts
        .into_iter()
        .filter_map(|(name, part)| Some((name.to_owned(), part.as_ref()?.values.clone())));
    let sequence = answer.sequence_scores.iter();
    parts
        .chain(sequence.map(|(name, scores)| (name.clone(), scores.values.clone())))
        .collect()
}
