//! On a bundled model, whose rules are ours, the cause of each answer is known.

use inseq_tests::planted_causes::planted_causes;
use inseq_tests::tiny_models::{bundled_models, load_tiny};
use serde_json::json;

use crate::asking::{answer, options};

/// Of the strongest tokens one is mostly the last word, whatever it says.
const N_STRONGEST: usize = 2;

#[test]
fn planted_causes_are_found_more_often_than_by_chance() {
    let model = load_tiny(&bundled_models().join("demo-gpt2"));
    let causes = planted_causes("demo-gpt2", model.as_ref());
    for (method, given, step) in [
        ("occlusion", json!({"signed": true}), 10),
        ("lime", json!({"n_samples": 200}), 10),
        // Noisier, so more.
        ("reagent", json!({"max_probe_steps": 40}), 5),
    ] {
        let (mut n_found, mut n_asked, mut by_chance) = (0, 0, 0.0);
        for cause in causes.iter().step_by(step) {
            let mut request = cause.request();
            request.method = method.to_owned();
            request.method_options = options(&given);
            let found = answer(model.as_ref(), &request).unwrap();
            n_found += usize::from(cause.n_before(&found) < N_STRONGEST);
            n_asked += 1;
            by_chance += cause.by_chance(N_STRONGEST);
        }
        println!("{method}: {n_found} of {n_asked}, by chance {by_chance:.1}");
        assert!(n_found as f64 > 1.5 * by_chance, "{method}");
    }
}
