//! Is the house still in order: the dependency table, the map, names, lengths,
//! and which words may be used in which room.
//!
//! These tests read files; they know nothing of what the code does.

mod dependencies;
mod differences;
mod lengths;
mod map;
mod names;
mod rooms;
mod source_files;
