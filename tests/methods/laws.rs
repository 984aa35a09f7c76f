//! What holds for every text.

use attribution::OptionValue;
use attribution_output::Scores;
use inseq_tests::tolerance::{REORDERED, within};
use serde_json::json;

use crate::asking::{answer, matrices, options, request, tiny};

const FAMILIES: [&str; 2] = ["gpt2", "marian"];

/// Sums over inputs, one for each target, layer and head; NaN counts as nothing.
fn column_sums(scores: &Scores) -> Vec<f32> {
    let width: usize = scores.shape[1..].iter().product();
    let mut sums = vec![0.0; width];
    for row in scores.values.chunks_exact(width) {
        for (sum, value) in sums.iter_mut().zip(row) {
            *sum += if value.is_nan() { 0.0 } else { *value };
        }
    }
    sums
}

#[test]
fn attention_and_shares_of_value_zeroing_sum_to_one() {
    for family in FAMILIES {
        let model = tiny(family);
        for method in ["attention", "value_zeroing"] {
            let answer = answer(model.as_ref(), &request(model.as_ref(), method)).unwrap();
            let parts = [&answer.source_attributions, &answer.target_attributions];
            for scores in parts.into_iter().flatten() {
                let sums = column_sums(scores);
                within(REORDERED, &vec![1.0; sums.len()], &sums)
                    .unwrap_or_else(|error| panic!("{family} {method}: {error}"));
            }
        }
    }
}

#[test]
fn a_token_replaced_by_itself_changes_nothing() {
    let model = tiny("marian");
    let answer = answer(model.as_ref(), &request(model.as_ref(), "occlusion")).unwrap();
    let source = answer.source_attributions.unwrap();
    let n_targets = source.shape[1];
    // The end of sequence is its own baseline, and so is the decoder's start.
    let end = &source.values[source.values.len() - n_targets..];
    assert!(end.iter().all(|value| *value == 0.0), "{end:?}");
    assert!(source.values[..n_targets].iter().all(|value| *value > 0.0));
    let start = &answer.target_attributions.unwrap().values[..n_targets];
    assert!(start.iter().all(|value| *value == 0.0), "{start:?}");
}

#[test]
fn the_size_of_chunks_does_not_show() {
    let few = json!({"n_samples": 20});
    let short = json!({"max_probe_steps": 3, "num_probes": 4});
    for family in FAMILIES {
        let model = tiny(family);
        for (method, given) in [
            ("occlusion", &json!({})),
            ("value_zeroing", &json!({})),
            ("lime", &few),
            ("reagent", &short),
        ] {
            let mut asked = request(model.as_ref(), method);
            asked.method_options = options(given);
            let whole = matrices(&answer(model.as_ref(), &asked).unwrap());
            for memory_budget_bytes in [1, 100_000] {
                asked.memory_budget_bytes = memory_budget_bytes;
                let cut = matrices(&answer(model.as_ref(), &asked).unwrap());
                for ((name, whole), (_, cut)) in whole.iter().zip(&cut) {
                    within(REORDERED, whole, cut)
                        .unwrap_or_else(|error| panic!("{family} {method} {name}: {error}"));
                }
            }
        }
    }
}

#[test]
fn texts_at_once_do_not_show() {
    let model = tiny("gpt2");
    let mut asked = request(model.as_ref(), "occlusion");
    let whole = matrices(&answer(model.as_ref(), &asked).unwrap());
    for n in 1..=3 {
        let name = "perturbations_per_eval".to_owned();
        asked.method_options.insert(name, OptionValue::Integer(n));
        let cut = matrices(&answer(model.as_ref(), &asked).unwrap());
        within(REORDERED, &whole[0].1, &cut[0].1).unwrap();
    }
}

#[test]
fn a_seed_names_a_result() {
    for family in FAMILIES {
        let model = tiny(family);
        for (method, given) in [
            ("lime", json!({"n_samples": 10})),
            ("reagent", json!({"max_probe_steps": 2, "num_probes": 2})),
        ] {
            let with_seed = |seed: i64| {
                let mut asked = request(model.as_ref(), method);
                asked.method_options = options(&given);
                let name = "seed".to_owned();
                asked
                    .method_options
                    .insert(name, OptionValue::Integer(seed));
                matrices(&answer(model.as_ref(), &asked).unwrap())[0]
                    .1
                    .clone()
            };
            within(REORDERED, &with_seed(3), &with_seed(3)).unwrap();
            assert!(within(REORDERED, &with_seed(3), &with_seed(4)).is_err());
        }
    }
}

#[test]
fn reagent_is_a_share_of_attention_even_if_no_probe_converges() {
    for family in FAMILIES {
        let model = tiny(family);
        for (attribute_target, replacer) in [
            (false, "same_kind"),
            (true, "same_kind"),
            (true, "uniform"),
            (true, "unknown"),
        ] {
            let mut asked = request(model.as_ref(), "reagent");
            asked.attribute_target = attribute_target;
            asked.method_options =
                options(&json!({"max_probe_steps": 1, "num_probes": 2, "replacer": replacer}));
            let answer = answer(model.as_ref(), &asked).unwrap();
            let parts = [&answer.source_attributions, &answer.target_attributions];
            let mut totals = vec![0.0; answer.targets().len()];
            for scores in parts.into_iter().flatten() {
                for (total, sum) in totals.iter_mut().zip(column_sums(scores)) {
                    *total += sum;
                }
            }
            within(REORDERED, &vec![1.0; totals.len()], &totals).unwrap();
        }
    }
}

/// With the same draws, positions are replaced alike; what stands there is not.
#[test]
fn each_replacer_of_reagent_gives_values_of_its_own() {
    let model = tiny("gpt2");
    let found = ["same_kind", "uniform", "unknown"].map(|replacer| {
        let mut asked = request(model.as_ref(), "reagent");
        asked.method_options = options(
            &json!({"max_probe_steps": 9, "num_probes": 2, "seed": 3, "replacer": replacer}),
        );
        matrices(&answer(model.as_ref(), &asked).unwrap())[0]
            .1
            .clone()
    });
    for (one, other) in [(0, 1), (0, 2), (1, 2)] {
        assert_ne!(found[one], found[other], "{one} {other}");
    }
}

#[test]
fn signs_are_kept_when_asked_for() {
    let model = tiny("gpt2");
    let mut asked = request(model.as_ref(), "occlusion");
    let absolute = matrices(&answer(model.as_ref(), &asked).unwrap())[0]
        .1
        .clone();
    asked.method_options = options(&json!({"signed": true}));
    let signed = matrices(&answer(model.as_ref(), &asked).unwrap())[0]
        .1
        .clone();
    let magnitudes: Vec<f32> = signed.iter().map(|value| value.abs()).collect();
    within(REORDERED, &absolute, &magnitudes).unwrap();
    assert!(signed.iter().any(|value| *value < 0.0));
}
