//! Is every format of the Hub read to the same bits, by ranges and never as a whole, and
//! is every file that is broken, hostile or something else refused in plain words?

mod formats;
mod hostile;
mod ranges;
mod sizes;
mod written_pickle;
mod written_zip;

use std::rc::Rc;

use futures::executor::block_on;
use models::{Array, Checkpoint, FileBytes, Result};

/// A checkpoint of one file in memory.
fn opened(name: &str, bytes: Vec<u8>) -> Result<Checkpoint> {
    opened_all([(name, bytes)])
}

fn opened_all<const N: usize>(files: [(&str, Vec<u8>); N]) -> Result<Checkpoint> {
    let files = files
        .map(|(name, bytes)| -> (String, Rc<dyn FileBytes>) { (name.to_owned(), Rc::new(bytes)) });
    block_on(Checkpoint::open(files))
}

/// All tensors that hold floats, by name.
fn taken(mut checkpoint: Checkpoint) -> Vec<(String, Result<Array>)> {
    let names: Vec<String> = checkpoint.names().map(str::to_owned).collect();
    let taken = names.into_iter().map(|name| {
        let array = block_on(checkpoint.take(&name));
        (name, array)
    });
    taken.collect()
}

/// Why a file is refused.
fn refusal(name: &str, bytes: Vec<u8>) -> String {
    let error = opened(name, bytes).err();
    error.expect("it must be refused").to_string()
}
