//! What both formats of checkpoints are fed to.

use std::rc::Rc;

use futures::executor::block_on;
use models::{Checkpoint, FileBytes};

/// Takes all tensors that a file claims to have. Refused or read: it must end, and make
/// no more room than the file has.
pub fn take_all(name: &str, bytes: Vec<u8>) {
    let file: (String, Rc<dyn FileBytes>) = (name.to_owned(), Rc::new(bytes));
    let Ok(mut checkpoint) = block_on(Checkpoint::open([file])) else {
        return;
    };
    let names: Vec<String> = checkpoint.names().map(str::to_owned).collect();
    for name in names {
        let _ = block_on(checkpoint.take(&name));
    }
}
