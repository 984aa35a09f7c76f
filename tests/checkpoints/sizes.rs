//! What a configuration says of the weights' size, against the weights.

use inseq_tests::tiny_models::{bundled_models, load_tiny, tiny_models};
use models::weights_bytes;
use serde_json::json;

#[test]
fn a_configuration_says_how_large_its_model_is() {
    let mut folders = vec![tiny_models().join("gpt2"), tiny_models().join("marian")];
    let bundled = std::fs::read_dir(bundled_models()).unwrap();
    folders.extend(bundled.map(|entry| entry.unwrap().path()));
    folders.retain(|folder| folder.join("config.json").is_file());
    assert!(folders.len() > 2, "only {folders:?}");
    for folder in folders {
        let config = std::fs::read(folder.join("config.json")).unwrap();
        let size = weights_bytes(&config).unwrap();
        let model = load_tiny(&folder);
        let summary = model.summary();
        let n_computed = if summary.is_encoder_decoder {
            2 * summary.n_positions * summary.hidden_size
        } else {
            0
        };
        assert_eq!(
            size.n_parameters,
            summary.n_parameters,
            "{}",
            folder.display()
        );
        assert_eq!(size.f32_bytes, 4 * (size.n_parameters + n_computed as u64));
    }
}

#[test]
fn published_models_have_their_sizes() {
    let gpt2 = json!({
        "model_type": "gpt2", "vocab_size": 50257, "n_positions": 1024, "n_embd": 768,
        "n_layer": 12, "n_head": 12
    });
    let size = weights_bytes(gpt2.to_string().as_bytes()).unwrap();
    assert_eq!(size.n_parameters, 124_439_808);
}

#[test]
fn a_configuration_may_claim_any_size() {
    let huge = json!({
        "model_type": "gpt2", "vocab_size": u64::MAX / 2, "n_positions": 1024,
        "n_embd": 1_u64 << 62, "n_layer": 1_u64 << 40, "n_head": 1
    });
    let size = weights_bytes(huge.to_string().as_bytes()).unwrap();
    assert_eq!(size.f32_bytes, u64::MAX);
    assert!(weights_bytes(br#"{"model_type": "gpt2"}"#).is_err());
}
