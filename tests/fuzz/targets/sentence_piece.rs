//! A `.spm` file of a Marian model, and a text split by it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use models::{ModelFiles, Tokenizer};

fuzz_target!(|bytes: Vec<u8>| {
    let mut files = ModelFiles::new();
    files.insert("vocab.json", br#"{"</s>": 0, "<unk>": 1, "\u2581a": 2, "b": 3, "<pad>": 4}"#.to_vec());
    files.insert("source.spm", bytes.clone());
    files.insert("target.spm", bytes);
    if let Ok(tokenizer) = Tokenizer::marian(&files)
        && let Ok(ids) = tokenizer.encode(">>fr<< a b, ab 12 ñ 👩‍🔬")
    {
        tokenizer.decode(&ids, true);
    }
});
