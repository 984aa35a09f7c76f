//! A `tokenizer.json` of a GPT-2 model, and a text split by it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use models::{ModelFiles, Tokenizer};

fuzz_target!(|bytes: Vec<u8>| {
    let mut files = ModelFiles::new();
    files.insert("tokenizer.json", bytes);
    if let Ok(tokenizer) = Tokenizer::byte_level(&files)
        && let Ok(ids) = tokenizer.encode("a b, ab 12 ñ 👩‍🔬")
    {
        tokenizer.decode(&ids, true);
    }
});
