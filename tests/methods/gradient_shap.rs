//! Gradient SHAP is integrated gradients by chance: fed the points of a rule it is that
//! rule, and left to chance it comes near.

use attribution_output::Attribution;
use inseq_tests::tolerance::{REORDERED, SAMPLED, within};
use models::SequenceModel;
use serde_json::{Value, json};

use crate::asking::{answer, matrices, options, request, tiny};

const FAMILIES: [&str; 2] = ["gpt2", "marian"];

fn attributed(
    model: &dyn SequenceModel,
    method: &str,
    given: &Value,
    draws: Option<Vec<f64>>,
) -> Attribution {
    let mut request = request(model, method);
    request.method_options = options(given);
    request.recorded_draws = draws;
    answer(model, &request).unwrap()
}

#[test]
fn fed_the_points_of_a_rule_it_is_that_rule() {
    for family in FAMILIES {
        let model = tiny(family);
        for multiply_by_inputs in [true, false] {
            let rule = json!({
                "method": "riemann_middle", "n_steps": 8, "multiply_by_inputs": multiply_by_inputs,
                "return_convergence_delta": true,
            });
            let chance = json!({
                "n_samples": 8, "multiply_by_inputs": multiply_by_inputs,
                "return_convergence_delta": true,
            });
            let middles = (0..8)
                .map(|number| (f64::from(number) + 0.5) / 8.0)
                .collect();
            let rule = attributed(model.as_ref(), "integrated_gradients", &rule, None);
            let chance = attributed(model.as_ref(), "gradient_shap", &chance, Some(middles));
            for ((name, rule), (_, chance)) in matrices(&rule).iter().zip(matrices(&chance)) {
                within(REORDERED, rule, &chance)
                    .unwrap_or_else(|error| panic!("{family}: {name}: {error}"));
            }
            // The same sums less the same changes, so both are small in the same way.
            let scale = rule.largest_magnitude();
            let deltas = rule.step_scores["deltas"]
                .iter()
                .zip(&chance.step_scores["deltas"]);
            for (rule, chance) in deltas {
                within(REORDERED, &[rule + scale], &[chance + scale]).unwrap();
            }
        }
    }
}

#[test]
fn by_chance_it_comes_near_integrated_gradients() {
    // One family: what is left to chance does not know which it is.
    let model = tiny("gpt2");
    let many = json!({"n_samples": 20_000, "seed": 1});
    let rule = attributed(model.as_ref(), "integrated_gradients", &json!({}), None);
    let chance = attributed(model.as_ref(), "gradient_shap", &many, None);
    for ((name, rule), (_, chance)) in matrices(&rule).iter().zip(matrices(&chance)) {
        within(SAMPLED, rule, &chance).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

#[test]
fn noise_is_of_the_seed_and_moves_the_samples() {
    for family in FAMILIES {
        let model = tiny(family);
        let values = |given: Value| {
            let answer = attributed(model.as_ref(), "gradient_shap", &given, None);
            matrices(&answer)
                .into_iter()
                .map(|(_, values)| values)
                .map(|values| values.into_iter().filter(|value| !value.is_nan()).collect())
                .collect::<Vec<Vec<f32>>>()
        };
        let noisy = values(json!({"stdevs": 0.1, "seed": 3}));
        assert_eq!(noisy, values(json!({"stdevs": 0.1, "seed": 3})));
        assert_ne!(noisy, values(json!({"stdevs": 0.1, "seed": 4})));
        assert_ne!(noisy, values(json!({"stdevs": 0.0, "seed": 3})));
    }
}
