//! Attributing the text of a random model, with the options that a law needs.

use attribution::{Fold, OptionValue, Request, method_descriptions};
use attribution_output::{Attribution, Scores};
use futures::executor::block_on;
use inseq_tests::random_models::RandomModel;

/// How many random models each law is tried on.
pub(crate) const N_MODELS: u64 = 16;

/// Points of a path, where a method has one: laws hold for any number.
const N_POINTS: i64 = 12;

/// A request for a whole text: both sides attributed, nothing folded.
pub(crate) fn request(random: &RandomModel, method: &str) -> Request {
    let request = Request {
        method: method.to_owned(),
        attribute_target: true,
        fold: Fold::Keep,
        ..Request::new(random.source.clone(), random.target.clone(), random.n_given)
    };
    let mut descriptions = method_descriptions().into_iter();
    let has_points = descriptions.any(|description| {
        let mut options = description.options.iter();
        description.id == method && options.any(|option| option.id == "n_steps")
    });
    if has_points {
        with_option(request, "n_steps", OptionValue::Integer(N_POINTS))
    } else {
        request
    }
}

/// The same with an option of the method.
pub(crate) fn with_option(mut request: Request, name: &str, value: OptionValue) -> Request {
    request.method_options.insert(name.to_owned(), value);
    request
}

pub(crate) fn attribute(random: &RandomModel, request: &Request) -> Attribution {
    block_on(attribution::attribute(
        random.model.as_ref(),
        request,
        &mut |_, _| {},
    ))
    .unwrap_or_else(|error| panic!("{}, {}: {error}", random.name, request.method))
}

/// The matrices of an attribution, with their names.
pub(crate) fn matrices(attribution: &Attribution) -> Vec<(&'static str, &Scores)> {
    let source = attribution.source_attributions.as_ref();
    let target = attribution.target_attributions.as_ref();
    let source = source.map(|scores| ("source_attributions", scores));
    let target = target.map(|scores| ("target_attributions", scores));
    source.into_iter().chain(target).collect()
}

/// One target's column of a matrix `[inputs, targets, ..]`, of the first rows only.
pub(crate) fn column(scores: &Scores, target: usize, n_rows: usize) -> Vec<f32> {
    let n_targets = scores.shape[1];
    let width: usize = scores.shape[2..].iter().product();
    (0..n_rows)
        .flat_map(|row| {
            let start = (row * n_targets + target) * width;
            scores.values[start..start + width].iter().copied()
        })
        .collect()
}
