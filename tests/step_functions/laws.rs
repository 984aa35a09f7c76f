//! What holds whatever the numbers are.

use std::collections::BTreeMap;

use attribution::{Request, attribute};
use attribution_output::Attribution;
use futures::executor::block_on;
use inseq_tests::tiny_models::tiny;
use inseq_tests::tolerance::{CANCELLING, REORDERED, within};
use protocol::{AttributeRequest, OptionValue};
use serde_json::{Value, json};

use crate::asking::{answer, request};

const GPT2: [&str; 3] = [
    "The developer argued with the designer because her",
    "The developer argued with the designer because her idea cannot be implemented.",
    "The developer argued with the designer because his plan cannot be implemented.",
];
const MARIAN: [&str; 3] = [
    "Her idea cannot be implemented.",
    "Le développeur est la.",
    "Le développeur est le concepteur.",
];

fn options(json: &Value) -> BTreeMap<String, OptionValue> {
    serde_json::from_value(json.clone()).unwrap()
}

/// A text of a family, its last targets only, and the function attributed with a
/// contrast that has a run of its own.
fn contrastive(family: &str, function: &str) -> AttributeRequest {
    let [source, target, contrast] = if family == "gpt2" { GPT2 } else { MARIAN };
    let mut request = request(family, source, target);
    request.attr_pos_start = Some(-4);
    request.attributed_fn = function.to_owned();
    request.attributed_fn_args = options(&json!({
        "contrast_targets": contrast,
        "contrast_force_inputs": true,
    }));
    request
}

/// Every value of every matrix.
fn values(answer: &Attribution) -> Vec<f32> {
    let parts = [&answer.source_attributions, &answer.target_attributions];
    let parts = parts
        .into_iter()
        .flatten()
        .chain(answer.sequence_scores.values());
    parts.flat_map(|scores| scores.values.clone()).collect()
}

#[test]
fn a_formula_equals_the_function_that_it_spells_out() {
    for (function, formula) in [
        ("contrast_prob_diff", "p - p_c"),
        ("contrast_logits_diff", "logit - logit_c"),
        ("pcxmi", "(lp_c - lp) / log(2)"),
        ("kl_divergence", "kl"),
        ("crossentropy", "-lp"),
        ("perplexity", "2 ^ -lp"),
        ("entropy", "entropy"),
    ] {
        for family in ["gpt2", "marian"] {
            let mut asked = contrastive(family, function);
            if ["crossentropy", "perplexity", "entropy"].contains(&function) {
                asked.attributed_fn_args.clear();
            }
            let expected = values(&answer(asked.clone()).unwrap());
            let formulas = &mut asked.custom_step_functions;
            formulas.insert("mine".to_owned(), formula.to_owned());
            asked.attributed_fn = "mine".to_owned();
            let found = values(&answer(asked).unwrap());
            within(REORDERED, &expected, &found)
                .unwrap_or_else(|words| panic!("{family} {function}: {words}"));
        }
    }
}

#[test]
fn a_text_compared_with_itself_makes_no_difference() {
    for family in ["gpt2", "marian"] {
        for function in [
            "contrast_prob_diff",
            "contrast_logits_diff",
            "pcxmi",
            "kl_divergence",
        ] {
            let mut asked = contrastive(family, function);
            let own = asked.generated_text.clone().unwrap();
            let args = &mut asked.attributed_fn_args;
            args.insert("contrast_targets".to_owned(), OptionValue::Text(own));
            asked.step_scores = vec![function.to_owned()];
            asked.step_scores_args = asked.attributed_fn_args.clone();
            asked.step_scores_args.remove("contrast_force_inputs");
            let found = answer(asked).unwrap();
            let scores = &found.step_scores[function];
            assert!(
                scores.iter().all(|score| score.abs() < 1e-6),
                "{family} {function}: {scores:?}"
            );
        }
    }
}

#[test]
fn every_method_takes_a_function_that_compares() {
    for family in ["gpt2", "marian"] {
        for method in engine::description().methods {
            let mut asked = contrastive(family, "contrast_prob_diff");
            asked.method.clone_from(&method.id);
            let few = [("n_steps", 3), ("n_samples", 6), ("max_probe_steps", 2)];
            for (name, n) in few {
                if method.options.iter().any(|option| option.id == name) {
                    let value = OptionValue::Integer(n);
                    asked.method_options.insert(name.to_owned(), value);
                }
            }
            let found =
                answer(asked).unwrap_or_else(|words| panic!("{family} {}: {words}", method.id));
            let values = values(&found);
            assert!(
                values
                    .iter()
                    .any(|value| *value != 0.0 && value.is_finite())
            );
        }
    }
}

/// Path methods move what both runs share, so that values still sum to the change of
/// the score; Inseq's deltas say by how much they miss it.
#[test]
fn values_sum_to_the_change_of_a_difference() {
    for family in ["gpt2", "marian"] {
        for (method, given) in [
            ("integrated_gradients", json!({"n_steps": 100})),
            ("deeplift", json!({"rescale": "everywhere"})),
        ] {
            let mut asked = contrastive(family, "contrast_logits_diff");
            asked.method = method.to_owned();
            asked.method_options = options(&given);
            let flag = OptionValue::Flag(true);
            asked
                .method_options
                .insert("return_convergence_delta".to_owned(), flag);
            let found = answer(asked).unwrap();
            let deltas = &found.step_scores["deltas"];
            let largest = deltas
                .iter()
                .fold(0.0_f32, |most, delta| most.max(delta.abs()));
            assert!(largest < 2e-3, "{family} {method}: {deltas:?}");
        }
    }
}

/// Occluding a token is reading a text without it, in both runs.
#[test]
fn occlusion_is_the_change_of_the_reported_difference() {
    let model = tiny("marian");
    let tokenizer = model.tokenizer();
    let start = model.summary().decoder_start_token_id.unwrap();
    let [source, target, contrast] = MARIAN;
    let source = tokenizer.encode(source).unwrap();
    let whole_target = |text: &str| -> Vec<u32> {
        let ids = tokenizer.encode_target(text).unwrap();
        [vec![start], ids].concat()
    };
    let ids = whole_target(contrast).into_iter();
    let ids = ids.map(|id| attribution::OptionValue::Integer(id.into()));
    let name = "contrast_targets".to_owned();
    let args = BTreeMap::from([(name, attribution::OptionValue::List(ids.collect()))]);
    let attributed = |source: Vec<u32>| {
        let mut asked = Request::new(Some(source), whole_target(target), 1);
        asked.method = "occlusion".to_owned();
        let function = "contrast_prob_diff".to_owned();
        asked.attributed_fn.clone_from(&function);
        asked.step_scores = vec![function];
        asked.step_scores_args = args.clone();
        asked.attributed_fn_args = args.clone();
        let forced = attribution::OptionValue::Flag(true);
        let name = "contrast_force_inputs".to_owned();
        asked.attributed_fn_args.insert(name, forced);
        block_on(attribute(model.as_ref(), &asked, &mut |_, _| {})).unwrap()
    };
    let whole = attributed(source.clone());
    let occluded = whole.source_attributions.as_ref().unwrap();
    let n_targets = occluded.shape[1];
    let unknown = tokenizer.unknown_id().unwrap();
    for (token, row) in occluded.values.chunks_exact(n_targets).enumerate() {
        let mut without = source.clone();
        // The end of sequence stays.
        if token + 1 < source.len() {
            without[token] = unknown;
        }
        let without = attributed(without);
        let [whole, without] =
            [&whole, &without].map(|output| output.step_scores["contrast_prob_diff"].iter());
        let changes: Vec<f32> = whole.zip(without).map(|(a, b)| (a - b).abs()).collect();
        within(CANCELLING, &changes, row).unwrap_or_else(|words| panic!("{token}: {words}"));
    }
}

#[test]
fn each_target_by_itself_gives_what_all_give_together() {
    for family in ["gpt2", "marian"] {
        for (method, given) in [
            ("saliency", json!({})),
            ("deeplift", json!({})),
            ("occlusion", json!({})),
            ("sequential_integrated_gradients", json!({"n_steps": 3})),
            (
                "layer_gradient_x_activation",
                json!({"target_layer": "all"}),
            ),
        ] {
            let mut asked = contrastive(family, "contrast_logits_diff");
            asked.method = method.to_owned();
            asked.method_options = options(&given);
            let whole = answer(asked.clone()).unwrap();
            let all = whole.target_attributions.as_ref().unwrap();
            let width: usize = all.shape[2..].iter().product();
            let n_targets = all.shape[1];
            let first = whole.attr_pos_start;
            for target in 0..n_targets {
                let at = i64::try_from(first + target).unwrap();
                asked.attr_pos_start = Some(at);
                asked.attr_pos_end = Some(at + 1);
                let alone = answer(asked.clone()).unwrap().target_attributions.unwrap();
                let rows = all.values.chunks_exact(n_targets * width);
                let together: Vec<f32> = rows
                    .take(alone.shape[0])
                    .flat_map(|row| row[target * width..(target + 1) * width].to_vec())
                    .collect();
                within(CANCELLING, &together, &alone.values)
                    .unwrap_or_else(|words| panic!("{family} {method} {target}: {words}"));
            }
        }
    }
}
