//! Python's pickles, as data: nothing in one is ever carried out.

mod classes;
mod machine;
mod numbers;
mod objects;
mod opcodes;
mod problem;
mod state_dict;

pub(super) use problem::Problem;
pub(super) use state_dict::{PickledTensor, StateDict, read_flag, read_number, read_texts};
#[cfg(test)]
pub(super) use {classes::NumberKind, objects::Storage};
