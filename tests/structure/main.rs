//! Is the house still in order: the dependency table, the map, names, lengths,
//! which words may be used in which room, and whether the page has all of its words in
//! both languages.
//!
//! These tests read files; they know nothing of what the code does, but that `words` asks
//! the engine what it calls its methods.

mod dependencies;
mod differences;
mod engine_words;
mod lengths;
mod map;
mod names;
mod rooms;
mod source_files;
mod words;
