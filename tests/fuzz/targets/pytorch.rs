//! A file of `torch.save`, of either format, and all tensors that it claims to have.
#![no_main]

use std::rc::Rc;

use futures::executor::block_on;
use libfuzzer_sys::fuzz_target;
use models::{Checkpoint, FileBytes};

fuzz_target!(|bytes: Vec<u8>| take_all("pytorch_model.bin", bytes));

fn take_all(name: &str, bytes: Vec<u8>) {
    let file: (String, Rc<dyn FileBytes>) = (name.to_owned(), Rc::new(bytes));
    let Ok(mut checkpoint) = block_on(Checkpoint::open([file])) else {
        return;
    };
    let names: Vec<String> = checkpoint.names().map(str::to_owned).collect();
    for name in names {
        // Refused or read: it must end, and make no more room than the file has.
        let _ = block_on(checkpoint.take(&name));
    }
}
