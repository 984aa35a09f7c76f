//! A `config.json`: which files it asks for, and how much room.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = models::files_to_fetch(bytes);
    let _ = models::weights_bytes(bytes);
    let _ = models::weights_files_in_index("model.safetensors.index.json", bytes);
});
