//! Do the models that ship with the page know what their cards state? Every held-out
//! sentence is tried, and every figure compared with `training/measured.json`, which
//! transformers made. The whole takes some 15 seconds of two cores, so nothing is sampled.

mod held_out;
mod measured;
mod planted;

use std::collections::BTreeMap;

use futures::executor::block_on;
use inseq_tests::tiny_models::{bundled_models, load_tiny};
use models::{GenerationConfig, Inputs, NoProbe, SequenceModel, Side, generate};

use held_out::{
    HeldOut, PromptItem, PromptProbe, Stated, TranslationItem, TranslationProbe, read_json,
};
use measured::{FEWEST_FACTS, FEWEST_TRANSLATIONS, Measured};

/// All bundled models together, in bytes.
const MOST_BYTES: u64 = 12_000_000;

fn stated(model: &str) -> Stated {
    let mut all: BTreeMap<String, Stated> =
        read_json(&bundled_models().join("training/measured.json"));
    all.remove(model).expect("every bundled model was measured")
}

fn written(
    model: &dyn SequenceModel,
    source: Option<&[u32]>,
    prefix: &[u32],
    n_tokens: Option<usize>,
) -> Vec<u32> {
    let changes = GenerationConfig {
        max_new_tokens: n_tokens,
        ..GenerationConfig::default()
    };
    let mut on_token = |_, _| {};
    let generated = block_on(generate(model, source, prefix, &changes, &mut on_token));
    generated.expect("held-out texts fit").ids
}

/// Probabilities of some tokens after a prefix.
fn probabilities<const N: usize>(
    model: &dyn SequenceModel,
    source: Option<&[u32]>,
    prefix: &[u32],
    tokens: [&str; N],
) -> [f32; N] {
    let embed = |side, ids| model.embed(side, ids).expect("the ids are the model's");
    let inputs = Inputs {
        source: source.map(|ids| embed(Side::Source, ids)),
        prefix: embed(Side::Target, prefix),
    };
    let last = prefix.len() as u32 - 1;
    let hidden = model
        .forward(&inputs, &[last], None, &mut NoProbe)
        .expect("the text fits");
    let probabilities = model
        .unembed(&hidden)
        .and_then(|logits| Ok(logits.softmax()?));
    let probabilities = block_on(probabilities.expect("it fits").read()).expect("the CPU works");
    tokens.map(|token| {
        let id = model.tokenizer().id(token).expect("it is one token");
        probabilities[id as usize]
    })
}

#[test]
fn demo_gpt2_knows_what_its_card_states() {
    let folder = bundled_models().join("demo-gpt2");
    let held_out: HeldOut<PromptItem, PromptProbe> = read_json(&folder.join("held-out.json"));
    let model = load_tiny(&folder);
    let tokenizer = model.tokenizer();
    let ids = |text: &str| tokenizer.encode(text).expect("any text can be split");
    let mut measured = Measured::default();
    for item in held_out.items {
        let prompt = ids(&item.prompt);
        let n_wanted = ids(&item.expected).len();
        let all = written(model.as_ref(), None, &prompt, Some(n_wanted));
        let answer = tokenizer.decode(&all[prompt.len()..], false);
        let family = format!("family {}", item.family);
        measured.add_answer(&[&item.kind, &family], answer == item.expected);
    }
    for probe in held_out.shares {
        let answers = [&probe.she, &probe.he].map(|word| format!("Ġ{}", word.trim()));
        let answers = [answers[0].as_str(), answers[1].as_str()];
        let shares = probabilities(model.as_ref(), None, &ids(&probe.prompt), answers);
        measured.add_share(&probe.occupation, probe.share, shares);
    }
    measured.check(&folder, "fact", FEWEST_FACTS, &stated("demo-gpt2"));
}

fn check_translations(name: &str) {
    let folder = bundled_models().join(name);
    let held_out: HeldOut<TranslationItem, TranslationProbe> =
        read_json(&folder.join("held-out.json"));
    let model = load_tiny(&folder);
    let tokenizer = model.tokenizer();
    let ids = |text: &str| tokenizer.encode(text).expect("any text can be split");
    let start = model
        .summary()
        .decoder_start_token_id
        .expect("it is a Marian");
    let mut measured = Measured::default();
    for item in held_out.items {
        let all = written(model.as_ref(), Some(&ids(&item.source)), &[start], None);
        let is_right = tokenizer.decode(&all, true) == item.target;
        let family = format!("family {}", item.kind);
        measured.add_answer(&["translation", &family], is_right);
    }
    for probe in held_out.shares {
        let source = ids(&probe.source);
        let answers = [probe.she_piece.as_str(), probe.he_piece.as_str()];
        let shares = probabilities(model.as_ref(), Some(&source), &[start], answers);
        measured.add_share(&probe.occupation, probe.share, shares);
    }
    measured.check(&folder, "translation", FEWEST_TRANSLATIONS, &stated(name));
}

#[test]
fn demo_mt_en_fr_knows_what_its_card_states() {
    check_translations("demo-mt-en-fr");
}

#[test]
fn demo_mt_tr_en_knows_what_its_card_states() {
    check_translations("demo-mt-tr-en");
}

#[test]
fn bundled_models_stay_small() {
    let names = ["demo-gpt2", "demo-mt-en-fr", "demo-mt-tr-en"];
    let files = names.into_iter().flat_map(|name| {
        let folder = bundled_models().join(name);
        std::fs::read_dir(folder).expect("the model is committed")
    });
    let sizes = files.map(|file| file.and_then(|file| file.metadata()));
    let n_bytes: u64 = sizes
        .map(|size| size.expect("it can be listed").len())
        .sum();
    println!("bundled models: {n_bytes} bytes");
    assert!(n_bytes <= MOST_BYTES, "{n_bytes} bytes");
}
