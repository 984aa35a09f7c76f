//! On a bundled model, whose rules are ours, the cause of each answer is known.

use attribution::Request;
use inseq_tests::tiny_models::{bundled_models, load_tiny};
use models::SequenceModel;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::asking::{answer, options};

#[derive(Deserialize)]
struct HeldOut {
    items: Vec<Item>,
}

/// A prompt, its continuation, and the words of the prompt that decide it.
#[derive(Deserialize)]
struct Item {
    prompt: String,
    expected: String,
    cause: String,
    cause_at: usize,
}

impl Item {
    /// Whether a token of the cause is among a method's two strongest, of which one is
    /// mostly the last word, whatever it says; and how likely two taken blindly have one.
    fn is_found(&self, model: &dyn SequenceModel, method: &str, given: &Value) -> (bool, f64) {
        let tokenizer = model.tokenizer();
        let ids = |text: &str| tokenizer.encode(text).unwrap();
        let target = ids(&format!("{}{}", self.prompt, self.expected));
        let n_given = ids(&self.prompt).len();
        let mut request = Request::new(None, target, n_given);
        request.method = method.to_owned();
        request.method_options = options(given);
        request.attr_pos_end = Some(n_given as i64 + 1);
        let scores = answer(model, &request)
            .unwrap()
            .target_attributions
            .unwrap();

        let mut end = 0;
        let is_cause: Vec<bool> = request.target[..n_given]
            .iter()
            .map(|id| {
                let start = end;
                end += tokenizer.decode(&[*id], false).len();
                start < self.cause_at + self.cause.len() && end > self.cause_at
            })
            .collect();
        let strength = |token: usize| scores.values[token * scores.shape[1]];
        let mut strongest: Vec<usize> = (0..n_given).collect();
        strongest.sort_by(|left, right| strength(*right).total_cmp(&strength(*left)));
        let is_found = strongest[..2].iter().any(|token| is_cause[*token]);
        let n_others = is_cause.iter().filter(|is_cause| !**is_cause).count() as f64;
        let n = n_given as f64;
        let by_chance = 1.0 - n_others * (n_others - 1.0) / (n * (n - 1.0));
        (is_found, by_chance)
    }
}

#[test]
fn planted_causes_are_found_more_often_than_by_chance() {
    let folder = bundled_models().join("demo-gpt2");
    let model = load_tiny(&folder);
    let text = std::fs::read_to_string(folder.join("held-out.json")).unwrap();
    let held_out: HeldOut = serde_json::from_str(&text).unwrap();
    for (method, given, step) in [
        ("occlusion", json!({"signed": true}), 10),
        ("lime", json!({"n_samples": 200}), 10),
        // Noisier, so more.
        ("reagent", json!({"max_probe_steps": 40}), 5),
    ] {
        let items = held_out.items.iter().step_by(step);
        let (mut n_found, mut n_asked, mut by_chance) = (0, 0, 0.0);
        for item in items {
            let (is_found, chance) = item.is_found(model.as_ref(), method, &given);
            n_found += usize::from(is_found);
            n_asked += 1;
            by_chance += chance;
        }
        println!("{method}: {n_found} of {n_asked}, by chance {by_chance:.1}");
        assert!(n_found as f64 > 1.5 * by_chance, "{method}");
    }
}
