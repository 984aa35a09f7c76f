//! Does candle-transformers, which implements Marian on its own, see the same logits?

use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::marian::{Config, MTModel};
use futures::executor::block_on;
use inseq_tests::tiny_models::{bundled_models, load_tiny, tiny_models};
use inseq_tests::tolerance::{SECOND_OPINION, within};
use models::{Inputs, NoProbe, SequenceModel, Side};

const TEXTS: [(&str, &str); 3] = [
    (
        "The manager went home because he was tired.",
        "Le directeur est rentré.",
    ),
    (
        "The nurse said that she was proud.",
        "L'infirmière est fière.",
    ),
    ("Hello", "Bonjour, le monde !"),
];

/// Candle's logits at every position of the prefix.
fn candle_logits(folder: &std::path::Path, source: &[u32], prefix: &[u32]) -> Vec<f32> {
    let config = std::fs::read(folder.join("config.json")).expect("it is committed");
    let mut config: serde_json::Value = serde_json::from_slice(&config).expect("it is JSON");
    // A field of generation that candle insists on and the forward pass ignores.
    if config["forced_eos_token_id"].is_null() {
        config["forced_eos_token_id"] = config["eos_token_id"].clone();
    }
    let config: Config = serde_json::from_value(config).expect("candle knows its fields");
    let weights = std::fs::read(folder.join("model.safetensors")).expect("it is committed");
    let weights = VarBuilder::from_buffered_safetensors(weights, DType::F32, &Device::Cpu);
    let weights = weights.expect("candle reads it");
    let logits = || {
        let mut model = MTModel::new(&config, weights)?;
        let source = Tensor::new(source, &Device::Cpu)?.unsqueeze(0)?;
        let prefix = Tensor::new(prefix, &Device::Cpu)?.unsqueeze(0)?;
        let encoded = model.encoder().forward(&source, 0)?;
        let logits = model.decode(&prefix, &encoded, 0)?;
        logits.flatten_all()?.to_vec1::<f32>()
    };
    logits().expect("candle runs it")
}

fn our_logits(model: &dyn SequenceModel, source: &[u32], prefix: &[u32]) -> Vec<f32> {
    let inputs = Inputs {
        source: Some(model.embed(Side::Source, source).expect("the ids fit")),
        prefix: model.embed(Side::Target, prefix).expect("the ids fit"),
    };
    let positions: Vec<u32> = (0..prefix.len() as u32).collect();
    let hidden = model
        .forward(&inputs, &positions, None, &mut NoProbe)
        .expect("the text fits");
    let logits = model.unembed(&hidden).expect("it fits");
    block_on(logits.read()).expect("the device works")
}

#[test]
fn candle_transformers_agrees_on_marian() {
    for (root, name) in [
        (tiny_models(), "marian"),
        (bundled_models(), "demo-mt-en-fr"),
        (bundled_models(), "demo-mt-tr-en"),
    ] {
        let folder = root.join(name);
        let model = load_tiny(&folder);
        let start = model.summary().decoder_start_token_id;
        for (source, target) in TEXTS {
            let source = model.tokenizer().encode(source).expect("it can be split");
            let target = model
                .tokenizer()
                .encode_target(target)
                .expect("it can be split");
            let prefix: Vec<u32> = start.into_iter().chain(target).collect();
            let expected = candle_logits(&folder, &source, &prefix);
            let found = our_logits(model.as_ref(), &source, &prefix);
            within(SECOND_OPINION, &expected, &found)
                .unwrap_or_else(|difference| panic!("{name}: {difference}"));
        }
    }
}
