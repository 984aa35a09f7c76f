//! The worker's entry point.

fn main() {
    wasm::start_worker();
}
