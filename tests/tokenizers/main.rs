//! Do real tokenizers, on texts in many scripts, give the ids that transformers
//! gives? The files lie outside of the project; see `inseq_tests::shared`.

use std::path::Path;

use inseq_tests::shared::shared_folder;
use models::{ModelFiles, Side, Tokenizer};
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// A text, and what GPT-2's tokenizer makes of it.
#[derive(Deserialize)]
struct ByteLevelCase {
    text: String,
    ids: Vec<u32>,
    tokens: Vec<String>,
    decoded: String,
}

/// A text, and what a Marian's tokenizer makes of it.
#[derive(Deserialize)]
struct MarianCase {
    text: String,
    source_ids: Vec<u32>,
    source_tokens: Vec<String>,
    target_ids: Vec<u32>,
    decoded_target: String,
}

/// The fewest cases a folder may have, so that an emptied file is noticed.
const FEWEST_CASES: usize = 20;

fn cases<Case: DeserializeOwned>(folder: &Path) -> Vec<Case> {
    let text = std::fs::read(folder.join("encodings.json")).expect("the cases lie there");
    let cases: Vec<Case> = serde_json::from_slice(&text).expect("the cases are JSON");
    assert!(cases.len() >= FEWEST_CASES, "only {} cases", cases.len());
    cases
}

fn files(folder: &Path, names: &[&str]) -> ModelFiles {
    let mut files = ModelFiles::new();
    for name in names {
        let bytes = std::fs::read(folder.join(name)).expect("the tokenizer is whole");
        files.insert(*name, bytes);
    }
    files
}

fn check_byte_level(test: &str, names: &[&str]) {
    let Some(folder) = shared_folder("tokenizers/gpt2", test) else {
        return;
    };
    let tokenizer = Tokenizer::byte_level(&files(&folder, names)).expect("it can be built");
    for case in cases::<ByteLevelCase>(&folder) {
        let text = &case.text;
        let ids = tokenizer.encode(text).expect("any text can be split");
        assert_eq!(ids, case.ids, "{text:?}");
        assert_eq!(
            tokenizer.encode_target(text).expect("as above"),
            case.ids,
            "{text:?}"
        );
        let tokens: Vec<_> = ids.iter().filter_map(|id| tokenizer.token(*id)).collect();
        assert_eq!(tokens, case.tokens, "{text:?}");
        assert_eq!(tokenizer.decode(&ids, false), case.decoded, "{text:?}");
    }
}

#[test]
fn gpt2_from_tokenizer_json() {
    let names = ["tokenizer.json", "tokenizer_config.json"];
    check_byte_level("gpt2_from_tokenizer_json", &names);
}

#[test]
fn gpt2_from_vocabulary_and_merges() {
    let names = ["vocab.json", "merges.txt", "tokenizer_config.json"];
    check_byte_level("gpt2_from_vocabulary_and_merges", &names);
}

fn check_marian(test: &str, model: &str) {
    let Some(folder) = shared_folder(&format!("tokenizers/{model}"), test) else {
        return;
    };
    let names = [
        "source.spm",
        "target.spm",
        "vocab.json",
        "tokenizer_config.json",
    ];
    let tokenizer = Tokenizer::marian(&files(&folder, &names)).expect("it can be built");
    for case in cases::<MarianCase>(&folder) {
        let text = &case.text;
        let ids = tokenizer.encode(text).expect("any text can be split");
        assert_eq!(ids, case.source_ids, "{text:?} as source");
        let tokens: Vec<_> = ids
            .iter()
            .filter_map(|id| tokenizer.token_of_side(*id, Side::Source))
            .collect();
        assert_eq!(tokens, case.source_tokens, "{text:?}");
        let ids = tokenizer
            .encode_target(text)
            .expect("any text can be split");
        assert_eq!(ids, case.target_ids, "{text:?} as target");
        let decoded = tokenizer.decode(&ids, true);
        let decoded = match is_cleaned_up(&folder) {
            true => cleaned_up(&decoded),
            false => decoded,
        };
        assert_eq!(decoded, case.decoded_target, "{text:?}");
    }
}

/// Whether the expected texts went through transformers' clean-up, which Inseq, and
/// we, leave out.
fn is_cleaned_up(folder: &Path) -> bool {
    let config = std::fs::read(folder.join("tokenizer_config.json")).expect("it lies there");
    let config: serde_json::Value = serde_json::from_slice(&config).expect("it is JSON");
    config["clean_up_tokenization_spaces"] == true
}

/// `clean_up_tokenization` of transformers, in its order.
fn cleaned_up(text: &str) -> String {
    let pairs = [
        (" .", "."),
        (" ?", "?"),
        (" !", "!"),
        (" ,", ","),
        (" ' ", "'"),
        (" n't", "n't"),
        (" 'm", "'m"),
        (" 's", "'s"),
        (" 've", "'ve"),
        (" 're", "'re"),
    ];
    pairs
        .iter()
        .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

#[test]
fn opus_mt_en_mg() {
    check_marian("opus_mt_en_mg", "en-mg");
}

#[test]
fn opus_mt_en_pt() {
    check_marian("opus_mt_en_pt", "en-pt");
}
