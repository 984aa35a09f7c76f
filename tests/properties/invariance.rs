//! What must not change a result, and what must change it in proportion.

use attribution::{MethodDescription, OptionValue, Request, method_descriptions};
use inseq_tests::random_models::{RandomModel, random_model, random_model_with_scaled_logits};
use inseq_tests::tolerance::{CANCELLING, EXACT, REORDERED, Tolerance, within};

use crate::attributed::{N_MODELS, attribute, column, matrices, request, with_option};

fn assert_same(tolerance: Tolerance, random: &RandomModel, one: &Request, other: &Request) {
    let (expected, found) = (attribute(random, one), attribute(random, other));
    let place = format!("{}, {}", random.name, one.method);
    for ((name, expected), (_, found)) in matrices(&expected).iter().zip(matrices(&found)) {
        assert_eq!(expected.shape, found.shape, "{place}: {name}");
        within(tolerance, &expected.values, &found.values)
            .unwrap_or_else(|difference| panic!("{place}: {name}: {difference}"));
    }
}

#[test]
fn the_memory_budget_does_not_change_a_result() {
    for random in (0..N_MODELS).map(random_model) {
        for method in method_descriptions() {
            let roomy = request(&random, method.id);
            let tight = Request {
                memory_budget_bytes: 1,
                ..roomy.clone()
            };
            let middling = Request {
                memory_budget_bytes: 200_000,
                ..roomy.clone()
            };
            assert_same(CANCELLING, &random, &roomy, &tight);
            assert_same(CANCELLING, &random, &roomy, &middling);
        }
    }
}

#[test]
fn the_number_of_points_at_once_does_not_change_a_result() {
    for random in (0..N_MODELS).map(random_model) {
        let all = request(&random, "integrated_gradients");
        for size in [1, 7, 50] {
            let size = OptionValue::Integer(size);
            let cut = with_option(all.clone(), "internal_batch_size", size);
            assert_same(REORDERED, &random, &all, &cut);
        }
    }
}

#[test]
fn targets_together_equal_one_at_a_time() {
    // What draws random numbers draws others for fewer targets; `methods/` holds it to
    // recorded draws.
    let is_random = |method: &MethodDescription| {
        let mut options = method.options.iter();
        options.any(|option| option.id == "seed")
    };
    for random in (0..N_MODELS).map(random_model) {
        for method in method_descriptions() {
            if is_random(&method) {
                continue;
            }
            let whole = request(&random, method.id);
            let together = attribute(&random, &whole);
            for target in random.n_given..random.target.len() {
                let alone = Request {
                    attr_pos_start: Some(target as i64),
                    attr_pos_end: Some(target as i64 + 1),
                    ..whole.clone()
                };
                let alone = attribute(&random, &alone);
                assert_eq!(
                    (alone.attr_pos_start, alone.attr_pos_end),
                    (target, target + 1)
                );
                assert_is_column(&random, method.id, &together, &alone, target);
            }
        }
    }
}

fn assert_is_column(
    random: &RandomModel,
    method: &str,
    together: &attribution_output::Attribution,
    alone: &attribution_output::Attribution,
    target: usize,
) {
    let place = format!("{}, {method}, target {target}", random.name);
    for ((name, together), (_, alone)) in matrices(together).iter().zip(matrices(alone)) {
        let n_rows = alone.shape[0];
        let expected = column(together, target - random.n_given, n_rows);
        within(CANCELLING, &expected, &column(alone, 0, n_rows))
            .unwrap_or_else(|difference| panic!("{place}: {name}: {difference}"));
    }
}

#[test]
fn start_and_end_select_columns_of_the_whole() {
    for random in (0..N_MODELS).map(random_model) {
        let whole = request(&random, "saliency");
        let together = attribute(&random, &whole);
        let n_tokens = random.target.len() as i64;
        // The same range from the front and from the back.
        let start = random.n_given as i64 + 1;
        for (start, end) in [
            (start, n_tokens),
            (start - n_tokens, n_tokens),
            (0, n_tokens - 1),
            (0, -1),
        ] {
            let part = Request {
                attr_pos_start: Some(start),
                attr_pos_end: Some(end),
                ..whole.clone()
            };
            let part = attribute(&random, &part);
            for target in part.attr_pos_start..part.attr_pos_end {
                for ((name, together), (_, part_scores)) in
                    matrices(&together).iter().zip(matrices(&part))
                {
                    let n_rows = part_scores.shape[0];
                    let expected = column(together, target - random.n_given, n_rows);
                    let found = column(part_scores, target - part.attr_pos_start, n_rows);
                    within(REORDERED, &expected, &found).unwrap_or_else(|difference| {
                        panic!("{}: {name}: {difference}", random.name)
                    });
                }
            }
        }
    }
}

#[test]
fn a_scaled_score_scales_its_attribution() {
    // A power of two, so that even rounding is the same.
    const FACTOR: f32 = 4.0;
    for seed in 0..N_MODELS {
        let plain = random_model_with_scaled_logits(seed, 1.0);
        let scaled = random_model_with_scaled_logits(seed, FACTOR);
        for method in ["saliency", "input_x_gradient", "integrated_gradients"] {
            let request = Request {
                attributed_fn: "logit".to_owned(),
                ..request(&plain, method)
            };
            let (plain_run, scaled_run) =
                (attribute(&plain, &request), attribute(&scaled, &request));
            for ((name, plain_scores), (_, scaled_scores)) in
                matrices(&plain_run).iter().zip(matrices(&scaled_run))
            {
                let expected: Vec<f32> = plain_scores
                    .values
                    .iter()
                    .map(|value| value * FACTOR)
                    .collect();
                within(EXACT, &expected, &scaled_scores.values)
                    .unwrap_or_else(|difference| panic!("{}: {name}: {difference}", plain.name));
            }
        }
    }
}
