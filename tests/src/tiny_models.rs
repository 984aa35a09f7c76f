//! The tiny models of the golden cases, and an engine that has them.

use std::path::{Path, PathBuf};

use backend_cpu::Cpu;
use engine::{DeviceSource, Engine, World};
use hub::LocalFolder;
use models::{CONFIG_FILE, ModelFiles, SequenceModel, files_to_fetch};
use protocol::{DeviceChoice, Event, Request, Work};
use tensor::Device;

use crate::only_cpu::OnlyCpu;

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
    engine_with(Box::new(OnlyCpu))
}

/// The same with other devices.
pub fn engine_with(devices: Box<dyn DeviceSource>) -> Engine {
    Engine::new(World {
        source: Box::new(LocalFolder::new(vec![tiny_models(), bundled_models()])),
        devices,
        clock_secs: || 0.0,
        memory_bytes: None,
    })
}

/// Carries out one request and returns all events, the answer last.
pub fn carry_out(work: Work) -> Vec<Event> {
    let mut events = Vec::new();
    let request = Request {
        id: 1,
        device: DeviceChoice::Cpu,
        memory_budget_mb: None,
        work,
    };
    let mut engine = engine();
    futures::executor::block_on(engine.carry_out(&request, &mut |event| events.push(event)));
    events
}

/// A tiny model of a family, on the CPU.
pub fn tiny(family: &str) -> Box<dyn SequenceModel> {
    load_tiny(&tiny_models().join(family))
}

/// A request for a short text of a tiny model, everything attributed.
///
/// # Panics
/// If the model does not know the text's words.
pub fn short_request(model: &dyn SequenceModel, method: &str) -> attribution::Request {
    let tokenizer = model.tokenizer();
    let read = "the tiny models' tokenizers read these texts";
    let mut request = match model.summary().decoder_start_token_id {
        Some(start) => {
            let source = tokenizer.encode("The developer argued with the designer.");
            let mut target = vec![start];
            target.extend(tokenizer.encode_target("Le développeur").expect(read));
            attribution::Request::new(Some(source.expect(read)), target, 1)
        }
        None => {
            let target = tokenizer.encode("The developer argued with the designer because");
            attribution::Request::new(None, target.expect(read), 5)
        }
    };
    request.method = method.to_owned();
    request.attribute_target = true;
    request
}

/// Reads a model's folder onto the CPU.
///
/// # Panics
/// If a file is missing or broken: the folders are committed.
pub fn load_tiny(folder: &Path) -> Box<dyn SequenceModel> {
    loaded(files_of(folder)).unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
}

/// Puts a model that lies in memory onto the CPU.
///
/// # Errors
/// Those of [`models::load`].
pub fn loaded(files: ModelFiles) -> models::Result<Box<dyn SequenceModel>> {
    loaded_on(files, &Cpu::device())
}

/// The same on another device.
///
/// # Errors
/// Those of [`models::load`].
pub fn loaded_on(files: ModelFiles, device: &Device) -> models::Result<Box<dyn SequenceModel>> {
    futures::executor::block_on(models::load(files, device, &mut |_| {}))
}

/// The files of a model's folder.
///
/// # Panics
/// If it is no model of ours.
pub fn files_of(folder: &Path) -> ModelFiles {
    let read = |name: &str| std::fs::read(folder.join(name)).ok();
    let config = read(CONFIG_FILE).unwrap_or_else(|| panic!("no model in {}", folder.display()));
    let mut files = ModelFiles::new();
    for wanted in files_to_fetch(&config).expect("the family is ours") {
        for name in wanted.alternatives.iter().flatten() {
            if let Some(bytes) = read(name) {
                files.insert(*name, bytes);
            }
        }
    }
    files.insert(CONFIG_FILE, config);
    files
}
