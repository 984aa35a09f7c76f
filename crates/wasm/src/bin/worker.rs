//! The worker's entry point: a placeholder until the engine moves in.

fn main() {}
