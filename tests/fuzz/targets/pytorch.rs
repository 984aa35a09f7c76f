//! A file of `torch.save`, of either format, and all tensors that it claims to have.
#![no_main]

mod checkpoint;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: Vec<u8>| checkpoint::take_all("pytorch_model.bin", bytes));
