//! What the showcases show is what the bundled models compute today.
//!
//! `cargo xtask showcases` computes it anew, by the command line; here the engine is asked
//! the same requests, which are also those of the links in the showcases.

use std::fs;
use std::path::PathBuf;

use attribution_output::{
    AttributionOutput, Compatibility, ContextAttribution, Scores, default_stages, from_inseq_json,
};
use inseq_tests::tiny_models::{bundled_models, carry_out};
use inseq_tests::tolerance::{CANCELLING, within};
use protocol::{Event, Work};
use serde_json::{Map, Value};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../web/showcases")
}

fn read(name: &str) -> String {
    let path = folder().join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn json(name: &str) -> Value {
    serde_json::from_str(&read(name)).unwrap()
}

/// The fields of both; the second's where both have one.
fn merged(first: &Value, second: &Value) -> Value {
    let fields = |value: &Value| value.as_object().cloned().unwrap_or_default();
    let mut merged = fields(first);
    merged.extend(fields(second));
    Value::Object(merged)
}

/// What a run asks, whole.
fn work(defaults: &Value, run: &Value) -> Work {
    let asked = merged(&defaults["attribute"], &run["request"]);
    let work = if run["context"].is_object() {
        let mut work = merged(&defaults["context"], &run["context"]);
        work["settings"] = asked;
        work
    } else {
        asked
    };
    serde_json::from_value(work).unwrap()
}

/// One number for each pair of tokens, or for each pair and layer, as is stored.
fn aggregated(inseq_json: &str) -> AttributionOutput {
    let output = from_inseq_json(inseq_json).unwrap();
    let method = output.info["attribution_method"].as_str().unwrap();
    if method.starts_with("layer_") {
        return output;
    }
    let stages = default_stages(&output.sequences[0]);
    output.aggregate(&stages, Compatibility::Corrected).unwrap()
}

fn values(scores: Option<&Scores>) -> &[f32] {
    scores
        .map(|scores| scores.values.as_slice())
        .unwrap_or_default()
}

fn assert_same(name: &str, stored: &AttributionOutput, computed: &AttributionOutput) {
    for key in [
        "attribution_method",
        "attributed_fn",
        "model_name",
        "input_texts",
        "generated_texts",
    ] {
        assert_eq!(stored.info[key], computed.info[key], "{name}: {key}");
    }
    let (stored, computed) = (&stored.sequences[0], &computed.sequences[0]);
    assert_eq!(stored.source, computed.source, "{name}");
    assert_eq!(stored.target, computed.target, "{name}");
    for (stored, computed) in [
        (&stored.source_attributions, &computed.source_attributions),
        (&stored.target_attributions, &computed.target_attributions),
    ] {
        let (stored, computed) = (values(stored.as_ref()), values(computed.as_ref()));
        within(CANCELLING, stored, computed).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    for (score, own) in &stored.step_scores {
        // A delta is what is left of sums of attributions, and is measured by those.
        let mut beside = Vec::new();
        if score == "deltas" {
            beside.extend(values(stored.source_attributions.as_ref()));
            beside.extend(values(stored.target_attributions.as_ref()));
        }
        let [own, found] =
            [own, &computed.step_scores[score]].map(|it| [&it[..], &beside].concat());
        within(CANCELLING, &own, &found).unwrap_or_else(|error| panic!("{name}: {score}: {error}"));
    }
}

fn assert_same_context(name: &str, stored: &ContextAttribution, computed: &ContextAttribution) {
    let same = |stored: &[f32], computed: &[f32]| {
        within(CANCELLING, stored, computed).unwrap_or_else(|error| panic!("{name}: {error}"));
    };
    assert_eq!(stored.output_current_tokens, computed.output_current_tokens);
    same(&stored.cti_scores, &computed.cti_scores);
    assert_eq!(stored.cci_scores.len(), computed.cci_scores.len());
    for (stored, computed) in stored.cci_scores.iter().zip(&computed.cci_scores) {
        assert_eq!(stored.cti_idx, computed.cti_idx, "{name}");
        assert_eq!(stored.contrast_token, computed.contrast_token, "{name}");
        let scores = |cues: &attribution_output::ContextCues| -> Vec<f32> {
            let scores = cues.input_context_scores.iter().flatten();
            scores.map(|score| score.unwrap_or(f32::NAN)).collect()
        };
        same(&scores(stored), &scores(computed));
    }
}

#[test]
fn stored_results_are_what_the_bundled_models_compute() {
    let all = json("runs.json");
    let runs = all["runs"].as_array().unwrap();
    assert!(runs.len() > 15, "{}", runs.len());
    for run in runs {
        let name = run["name"].as_str().unwrap();
        let stored = read(&format!("results/{name}.json"));
        match carry_out(work(&all["defaults"], run)).last() {
            Some(Event::Attributed { inseq_json }) => {
                let stored = from_inseq_json(stored).unwrap();
                assert_same(name, &stored, &aggregated(inseq_json));
            }
            Some(Event::ContextAttributed { json }) => {
                let stored = ContextAttribution::from_json(&stored).unwrap();
                assert_same_context(name, &stored, &ContextAttribution::from_json(json).unwrap());
            }
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[test]
fn every_request_to_a_real_model_can_be_asked() {
    let all = json("runs.json");
    let mut n = 0;
    for run in all["runs"].as_array().unwrap() {
        for real in run["real"].as_array().into_iter().flatten() {
            let request = merged(&run["request"], real);
            let context = merged(&run["context"], &real["context"]);
            let mut whole = Map::new();
            whole.insert("request".to_owned(), request);
            if run["context"].is_object() {
                whole.insert("context".to_owned(), context);
            }
            let asked = match work(&all["defaults"], &Value::Object(whole)) {
                Work::Attribute(asked) => asked,
                Work::AttributeContext(asked) => asked.settings,
                other => panic!("{other:?}"),
            };
            assert!(asked.model.contains('/'), "{}", asked.model);
            engine::check_options(&asked).unwrap();
            n += 1;
        }
    }
    assert!(n >= 6, "{n}");
}

/// Every fifth occupation, by every method, with both pronouns.
#[test]
fn the_shares_by_occupation_are_what_the_bundled_model_computes() {
    let (all, stored) = (json("runs.json"), json("results/gender.json"));
    let shares = &all["shares"];
    let model = shares["model"].as_str().unwrap();
    let probes = fs::read_to_string(bundled_models().join(model).join("held-out.json")).unwrap();
    let probes: Value = serde_json::from_str(&probes).unwrap();
    let probes = probes["shares"].as_array().unwrap();
    let stored = stored.as_array().unwrap();
    assert_eq!(stored.len(), probes.len());
    for (probe, found) in probes.iter().zip(stored).step_by(5) {
        assert_eq!(found["source"], probe["source"]);
        assert_eq!(found["planted"], probe["share"]);
        for method in shares["methods"].as_array().unwrap() {
            for pronoun in ["she", "he"] {
                let mut request = merged(&shares["request"], &Value::Null);
                request["model"] = shares["model"].clone();
                request["method"] = method.clone();
                request["input_text"] = probe["source"].clone();
                request["generated_text"] = probe[format!("{pronoun}_target")].clone();
                let run = Value::Object([("request".to_owned(), request)].into_iter().collect());
                let events = carry_out(work(&all["defaults"], &run));
                let Some(Event::Attributed { inseq_json }) = events.last() else {
                    panic!("{:?}", events.last());
                };
                assert_share(&found[pronoun], method.as_str().unwrap(), inseq_json);
            }
        }
    }
}

fn assert_share(found: &Value, method: &str, inseq_json: &str) {
    let computed = aggregated(inseq_json);
    let sequence = &computed.sequences[0];
    let number = |value: &Value| value.as_f64().unwrap() as f32;
    let probability = sequence.step_scores["probability"][0];
    within(CANCELLING, &[number(&found["probability"])], &[probability]).unwrap();
    let [mut pronoun, mut rest, mut occupation] = [0.0; 3];
    let column = values(sequence.source_attributions.as_ref());
    for (token, value) in sequence.source.iter().zip(column) {
        match token.token.trim_start_matches('▁') {
            "O" => pronoun += value,
            "bir" | "." | "</s>" | "" => rest += value,
            _ => occupation += value,
        }
    }
    let parts = ["pronoun", "occupation", "rest"].map(|part| number(&found[method][part]));
    within(CANCELLING, &parts, &[pronoun, occupation, rest]).unwrap();
}
