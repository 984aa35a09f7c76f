//! Options that do not fit are errors that say what would.

use attribution::Error;
use serde_json::{Value, json};

use crate::asking::{answer, options, request, tiny};

fn refusal(family: &str, method: &str, given: &Value) -> String {
    let model = tiny(family);
    let mut asked = request(model.as_ref(), method);
    asked.method_options = options(given);
    match answer(model.as_ref(), &asked) {
        Err(error @ (Error::OptionValue { .. } | Error::UnknownOption { .. })) => error.to_string(),
        other => panic!("{method} {given}: {other:?}"),
    }
}

#[test]
fn options_that_do_not_fit_are_named() {
    for (family, method, given, expected) in [
        (
            "gpt2",
            "value_zeroing",
            json!({"decoder_zeroed_units_indices": 4}),
            "decoder_zeroed_units_indices must be heads from 0 to 3, found 4",
        ),
        (
            "gpt2",
            "value_zeroing",
            json!({"decoder_zeroed_units_indices": {"3": 0}}),
            "must be layers from 0 to 2, found 3",
        ),
        (
            "gpt2",
            "value_zeroing",
            json!({"cross_zeroed_units_indices": 0}),
            "cross_zeroed_units_indices must be left out for a model without an encoder",
        ),
        (
            "marian",
            "value_zeroing",
            json!({"encoder_zeroed_units_indices": "first"}),
            "encoder_zeroed_units_indices must be a head, a list of heads",
        ),
        (
            "gpt2",
            "value_zeroing",
            json!({"similarity_metric": "manhattan"}),
            "similarity_metric must be one of cosine, euclidean, found \"manhattan\"",
        ),
        (
            "gpt2",
            "occlusion",
            json!({"sliding_window_shapes": 6}),
            "sliding_window_shapes must be at most 5 tokens, which are read before the first \
             target, found 6",
        ),
        (
            "gpt2",
            "occlusion",
            json!({"sliding_window_shapes": [1, 47]}),
            "must be as wide as the embeddings, 48",
        ),
        (
            "gpt2",
            "occlusion",
            json!({"sliding_window_shapes": 2, "strides": 3}),
            "strides must be at most the window's length, 2",
        ),
        (
            "gpt2",
            "lime",
            json!({"n_samples": 0}),
            "n_samples must be a whole number from 1",
        ),
        (
            "gpt2",
            "lime",
            json!({"mask_prob": 1.5}),
            "mask_prob must be a number from 0 to 1, found 1.5",
        ),
        (
            "marian",
            "reagent",
            json!({"keep_top_n": 0}),
            "keep_top_n must be above 0 unless keep_ratio is given",
        ),
        (
            "marian",
            "reagent",
            json!({"replacer": "tagger"}),
            "replacer must be one of same_kind, uniform, unknown",
        ),
        (
            "gpt2",
            "attention",
            json!({"heads": 1}),
            "attention has no option \"heads\"",
        ),
    ] {
        let message = refusal(family, method, &given);
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn recorded_draws_that_run_out_are_an_error() {
    for method in ["lime", "reagent"] {
        let model = tiny("gpt2");
        let mut asked = request(model.as_ref(), method);
        asked.recorded_draws = Some(vec![0.5; 7]);
        let error = answer(model.as_ref(), &asked).unwrap_err();
        assert!(matches!(error, Error::NoDrawsLeft), "{error}");
    }
}
