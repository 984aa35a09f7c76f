//! The terminal's adapter: `inseq attribute` and its relatives.
//!
//! Not here yet: the commands. They come with the next sitting.

fn main() {}
