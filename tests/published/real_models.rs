use std::env;
use std::path::{Path, PathBuf};
use std::thread;

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

/// A folder with models, as `<folder>/gpt2` or `<folder>/Helsinki-NLP/opus-mt-en-fr`.
pub(crate) const FOLDER: &str = "INSEQ_PUBLISHED_MODELS";

const CONFIG_FILE: &str = "config.json";

/// The folder of a real model, which may have several names on the Hub. Nothing is
/// downloaded: if it is nowhere, says that the calling test is skipped and why, and returns
/// `None`.
pub(crate) fn real_model(names: &[String]) -> Option<PathBuf> {
    let folder = env::var_os(FOLDER).map(PathBuf::from);
    let found = find(names, folder.as_deref(), hub_cache().as_deref());
    if found.is_none() {
        let test = thread::current();
        let test = test.name().unwrap_or("published values");
        println!(
            "SKIPPED: {test}: {} is neither in the folder {FOLDER} nor in the Hub's cache",
            names[0]
        );
    }
    found
}

/// A request with the fields that a case gives.
pub(crate) fn with_fields<T: Serialize + DeserializeOwned>(
    request: &T,
    given: &Map<String, Value>,
    case: &str,
) -> T {
    let mut request = serde_json::to_value(request).unwrap();
    let fields = request.as_object_mut().unwrap();
    for (name, value) in given {
        assert!(fields.contains_key(name), "{case}: no field {name}");
        fields.insert(name.clone(), value.clone());
    }
    serde_json::from_value(request).unwrap()
}

/// Where the Hub's own tools keep models.
fn hub_cache() -> Option<PathBuf> {
    let variable = |name: &str| env::var_os(name).map(PathBuf::from);
    variable("HF_HUB_CACHE")
        // `cargo xtask test` gives the command line's tests a home of their own.
        .or_else(|| Some(variable("INSEQ_USERS_HF_HOME")?.join("hub")))
        .or_else(|| Some(variable("HF_HOME")?.join("hub")))
        .or_else(|| Some(variable("HOME")?.join(".cache/huggingface/hub")))
}

fn find(names: &[String], folder: Option<&Path>, cache: Option<&Path>) -> Option<PathBuf> {
    let in_folder = names.iter().flat_map(|name| {
        let short = name.rsplit('/').next().unwrap_or(name);
        folder
            .into_iter()
            .flat_map(move |folder| [folder.join(name), folder.join(short)])
    });
    let in_cache = names.iter().flat_map(|name| {
        let repository = format!("models--{}", name.replace('/', "--"));
        let snapshots = cache.map(|cache| cache.join(repository).join("snapshots"));
        let entries = snapshots.and_then(|snapshots| std::fs::read_dir(snapshots).ok());
        entries
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path())
    });
    in_folder
        .chain(in_cache)
        .find(|folder| folder.join(CONFIG_FILE).is_file())
}

#[test]
fn models_are_found_where_people_keep_them() {
    let place = tempfile::tempdir().unwrap();
    let put = |folder: &str| {
        let folder = place.path().join(folder);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(CONFIG_FILE), "{}").unwrap();
        folder
    };
    let names = |name: &str| vec![name.to_owned()];
    let own = put("own/opus-mt-en-fr");
    let cached = put("hub/models--Helsinki-NLP--opus-mt-en-it/snapshots/0123");
    let (folder, cache) = (place.path().join("own"), place.path().join("hub"));
    let found = |name: &str| find(&names(name), Some(&folder), Some(&cache));
    assert_eq!(found("Helsinki-NLP/opus-mt-en-fr"), Some(own));
    assert_eq!(found("Helsinki-NLP/opus-mt-en-it"), Some(cached));
    assert_eq!(found("gpt2"), None);
}
