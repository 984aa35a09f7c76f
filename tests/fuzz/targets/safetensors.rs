//! A `.safetensors` file, all tensors that it claims to have, and what of it is foreseen.
#![no_main]

mod checkpoint;

use libfuzzer_sys::fuzz_target;

const NAME: &str = "model.safetensors";

fuzz_target!(|bytes: Vec<u8>| {
    if let models::Foreseen::Parts(parts) = models::foreseen(NAME, &bytes) {
        for part in parts {
            part.bytes(part.range.start..part.range.start.saturating_add(1000));
        }
    }
    checkpoint::take_all(NAME, bytes);
});
