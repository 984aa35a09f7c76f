//! A saved attribution in Inseq's JSON, compressed or not.
#![no_main]

use attribution_output::from_inseq_json;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = from_inseq_json(bytes);
});
