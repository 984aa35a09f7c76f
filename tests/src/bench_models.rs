//! The models that benches measure, and tiny ones in their place.

use std::path::{Path, PathBuf};

use models::{CONFIG_FILE, ModelFiles, SequenceModel, files_to_fetch};
use tensor::Device;

use crate::tiny_models::{loaded_on, tiny_models};

/// Where `cargo xtask make-model` writes.
pub fn made_models() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/models")
}

/// The model of this name on a device: of a published size if times are wanted, else
/// the tiny one of the golden cases.
///
/// # Panics
/// If it was not made, or does not load.
pub fn bench_model(name: &str, is_measuring: bool, device: &Device) -> Box<dyn SequenceModel> {
    let folder = if is_measuring {
        made_models().join(name)
    } else {
        tiny_models().join(name)
    };
    assert!(
        folder.is_dir(),
        "{} is not there; `cargo xtask make-model {name}` writes it",
        folder.display()
    );
    load(&folder, device)
}

/// Loads a model from its folder.
///
/// # Panics
/// If it does not load.
pub fn load(folder: &Path, device: &Device) -> Box<dyn SequenceModel> {
    let read = |name: &str| std::fs::read(folder.join(name)).ok();
    let config = read(CONFIG_FILE).expect("a model has a config.json");
    let wanted = files_to_fetch(&config).expect("the family is known");
    let mut files = ModelFiles::new();
    files.insert(CONFIG_FILE, config);
    for wanted in wanted {
        let complete = wanted.alternatives.iter().find_map(|names| {
            let found: Option<Vec<_>> = names
                .iter()
                .map(|name| Some((*name, read(name)?)))
                .collect();
            found
        });
        for (name, bytes) in complete.into_iter().flatten() {
            files.insert(name, bytes);
        }
    }
    loaded_on(files, device).expect("the model loads")
}
