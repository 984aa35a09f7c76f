//! The same tokens and the same scores as transformers.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use inseq_tests::tiny_models::{bundled_models, load_tiny, tiny_models};
use inseq_tests::tolerance::{BEAM_SCORE, GOLDEN, Tolerance, within};
use models::SequenceModel;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::written::{Settings, written};

/// A case that came with the golden ones.
#[derive(Deserialize)]
struct GoldenCase {
    family: String,
    text: String,
    generation_kwargs: Settings,
    ids: Vec<u32>,
    sequence_score: Option<f32>,
}

/// A case of `make_cases.py`.
#[derive(Deserialize)]
struct Case {
    model: String,
    text: String,
    target_prefix: Vec<u32>,
    settings: Settings,
    ids: Vec<u32>,
    score: Option<f32>,
}

fn cases<Case: DeserializeOwned>(file: &str) -> Vec<Case> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let text = std::fs::read(path).expect("it is committed");
    serde_json::from_slice(&text).expect("it is JSON")
}

fn check(tolerance: Tolerance, model: &dyn SequenceModel, case: &Case) -> Result<(), String> {
    let place = format!("{}, {:?}, {:?}", case.model, case.text, case.settings);
    let found = written(model, &case.text, &case.target_prefix, &case.settings);
    let found = found.map_err(|error| format!("{place}: {error}"))?;
    if found.ids != case.ids {
        return Err(format!("{place}: {:?}, expected {:?}", found.ids, case.ids));
    }
    let scores = |score: Option<f32>| Vec::from_iter(score);
    within(tolerance, &scores(case.score), &scores(found.score))
        .map_err(|difference| format!("{place}: score: {difference}"))
}

/// Where a model's folder lies.
fn folder_of(model: &str) -> PathBuf {
    let root = if model.starts_with("demo") {
        bundled_models()
    } else {
        tiny_models()
    };
    root.join(model)
}

fn check_all(tolerance: Tolerance, cases: &[Case]) {
    let mut models: BTreeMap<&str, Box<dyn SequenceModel>> = BTreeMap::new();
    let mut failures = Vec::new();
    for case in cases {
        let model = models
            .entry(&case.model)
            .or_insert_with(|| load_tiny(&folder_of(&case.model)));
        failures.extend(check(tolerance, model.as_ref(), case).err());
    }
    println!("{} cases compared", cases.len());
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// The golden cases of this family were not made with the committed weights.
const STALE_FAMILY: &str = "gpt2";
const STALE_REASON: &str = "with the committed weights transformers writes other tokens, those of \
                            generation/transformers.json";

#[test]
fn golden_outputs_are_those_of_transformers() {
    let cases: Vec<Case> = cases::<GoldenCase>("golden/generation.json")
        .into_iter()
        .map(|case| {
            // They were made without the model's own generation config, which has
            // beams.
            let mut settings = case.generation_kwargs;
            settings.entry("num_beams").or_insert(1.into());
            Case {
                model: case.family,
                text: case.text,
                target_prefix: Vec::new(),
                settings,
                ids: case.ids,
                score: case.sequence_score,
            }
        })
        .collect();
    let (stale, cases): (Vec<_>, Vec<_>) = cases
        .into_iter()
        .partition(|case| case.model == STALE_FAMILY);
    println!(
        "SKIPPED: {} golden cases of gpt2: {STALE_REASON}",
        stale.len()
    );
    let model = load_tiny(&folder_of(STALE_FAMILY));
    let n_right = stale
        .iter()
        .filter(|case| check(GOLDEN, model.as_ref(), case).is_ok());
    assert_eq!(n_right.count(), 0, "they are good again: compare them");
    assert!(cases.len() >= 36, "only {} cases", cases.len());
    check_all(GOLDEN, &cases);
}

#[test]
fn outputs_with_many_settings_are_those_of_transformers() {
    let cases: Vec<Case> = cases("generation/transformers.json");
    assert!(cases.len() >= 330, "only {} cases", cases.len());
    check_all(BEAM_SCORE, &cases);
}
