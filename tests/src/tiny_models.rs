//! The tiny models of the golden cases, and an engine that has them.

use std::path::PathBuf;

use backend_cpu::Cpu;
use engine::{Engine, World};
use hub::LocalFolder;
use protocol::{Event, Request, Work};

/// The folder of the tiny models `gpt2` and `marian`.
pub fn tiny_models() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("golden/models")
}

/// The folder of the models that ship with the page.
pub fn bundled_models() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../web/models")
}

/// An engine on the CPU that finds tiny and bundled models by name.
pub fn engine() -> Engine {
    Engine::new(World {
        source: Box::new(LocalFolder::new(vec![tiny_models(), bundled_models()])),
        device: Cpu::device(),
        clock_secs: || 0.0,
    })
}

/// Carries out one request and returns all events, the answer last.
pub fn carry_out(work: Work) -> Vec<Event> {
    let mut events = Vec::new();
    let request = Request { id: 1, work };
    let mut engine = engine();
    futures::executor::block_on(engine.carry_out(&request, &mut |event| events.push(event)));
    events
}
