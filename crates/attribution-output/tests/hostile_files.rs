//! Files that were damaged or made to harm: an error or a result, never a panic.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::path::Path;

use attribution_output::{
    Compatibility, Matrix, SaveSettings, aggregate, aggregate_with, from_inseq_json,
    save_inseq_json, stages_from_ids, steps_from_inseq_json, to_csv,
};
use proptest::prelude::*;
use serde_json::{Map, json};

fn golden(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/files");
    std::fs::read(folder.join(name)).unwrap()
}

/// Reads a file and does with it all that a page might.
fn use_file(bytes: &[u8]) -> bool {
    let _ = steps_from_inseq_json(bytes);
    let Ok(output) = from_inseq_json(bytes) else {
        return false;
    };
    let stages = stages_from_ids(&["subwords", "mean"], &Map::new()).unwrap();
    for sequence in &output.sequences {
        let _ = aggregate(sequence);
        let _ = aggregate_with(sequence, &stages, Compatibility::Corrected);
        let _ = aggregate_with(sequence, &stages, Compatibility::Inseq);
        let _ = sequence.by_target();
        for matrix in Matrix::present(sequence) {
            let _ = to_csv(sequence, matrix, &output.info);
        }
    }
    from_inseq_json(save_inseq_json(&output, SaveSettings::default())).is_ok()
}

/// What a damaged place may hold instead.
fn damage() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..4),
        Just(b"18446744073709551615".to_vec()),
        Just(b"-1".to_vec()),
        Just(b"NaN".to_vec()),
        Just(b"[]".to_vec()),
        Just(b"null".to_vec()),
        Just(b"\"".to_vec()),
        Just(b"AAAAAAAAAAAAAAAA".to_vec()),
        Just("Ġ▁→\u{202E}".as_bytes().to_vec()),
    ]
}

proptest! {
    #[test]
    fn no_damage_makes_a_panic(
        name in prop_oneof![
            Just("plain.json"), Just("primitives.json"), Just("steps.json"),
            Just("steps-primitives.json"), Just("float8.json"), Just("compressed.json.gz"),
        ],
        damages in proptest::collection::vec((any::<prop::sample::Index>(), 0usize..12, damage()), 1..4),
    ) {
        let mut bytes = golden(name);
        for (place, length, instead) in damages {
            let start = place.index(bytes.len());
            let end = (start + length).min(bytes.len());
            bytes.splice(start..end, instead);
        }
        use_file(&bytes);
    }

    #[test]
    fn no_shape_makes_a_panic(
        shape in proptest::collection::vec(prop_oneof![0..4u64, Just(u64::MAX), Just(1 << 40)], 0..6),
        values in proptest::collection::vec(any::<f32>(), 0..20),
        n_source in 0..4usize,
        n_target in 0..4usize,
        positions in (0..5usize, 0..5usize),
    ) {
        let tokens = |n: usize| vec![json!({"id": 1, "token": "▁a"}); n];
        let array = json!({"__ndarray__": values, "dtype": "float32", "shape": shape});
        let file = json!({
            "info": {"tokenizer_class": "MarianTokenizer"},
            "sequence_attributions": [{
                "source": tokens(n_source), "target": tokens(n_target),
                "source_attributions": array, "target_attributions": array,
                "attr_pos_start": positions.0, "attr_pos_end": positions.1,
                "sequence_scores": {"decoder_self_attentions": array},
            }],
        });
        use_file(file.to_string().as_bytes());
    }
}

#[test]
fn whole_files_can_be_used() {
    for name in ["plain.json", "primitives.json", "steps.json", "float8.json"] {
        assert!(use_file(&golden(name)), "{name}");
    }
}

#[test]
fn deep_nesting_is_an_error() {
    let deep = "[".repeat(100_000);
    assert!(from_inseq_json(&deep).is_err());
    let in_settings = format!(r#"{{"info": {{"a": {deep}"#);
    assert!(from_inseq_json(in_settings).is_err());
}

#[test]
fn empty_arrays_that_say_they_are_huge_are_an_error() {
    let huge = json!({"__ndarray__": [], "dtype": "float32", "shape": [0, 0, 1u64 << 60]});
    let file = json!({
        "sequence_attributions": [{
            "source": [], "target": [], "attr_pos_start": 0, "attr_pos_end": 0,
            "source_attributions": huge,
        }],
    });
    let error = from_inseq_json(file.to_string()).unwrap_err().to_string();
    assert!(
        error.starts_with("sequence_attributions[0].source_attributions:"),
        "{error}"
    );
}
