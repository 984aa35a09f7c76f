use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs, thread};

use hf_hub::Cache;
use hf_hub::api::sync::ApiBuilder;
use hub::HUB_ENDPOINT;
use models::{CONFIG_FILE, files_to_fetch};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

/// A folder with models, as `<folder>/gpt2` or `<folder>/Helsinki-NLP/opus-mt-en-fr`.
pub(crate) const FOLDER: &str = "INSEQ_PUBLISHED_MODELS";

/// The folder of a real model, which may have several names on the Hub: from the folder
/// [`FOLDER`], the Hub's cache, or the Hub, where that can be reached. If it is nowhere,
/// says that the calling test is skipped and why, and returns `None`.
pub(crate) fn real_model(names: &[String]) -> Option<PathBuf> {
    let folder = env::var_os(FOLDER).map(PathBuf::from);
    if let Some(found) = in_folder(names, folder.as_deref()) {
        return Some(found);
    }
    let cache = hub_cache();
    let is_cached = |name: &&String| cache.model(name.to_string()).get(CONFIG_FILE).is_some();
    let name = names.iter().find(is_cached).unwrap_or(&names[0]);
    match in_cache_or_downloaded(name, cache.clone()) {
        Ok(found) => Some(found),
        Err(why) => {
            let test = thread::current();
            let test = test.name().unwrap_or("published values");
            println!(
                "SKIPPED: {test}: {name} is neither in the folder {FOLDER} nor in the Hub's \
                 cache, and cannot be downloaded: {why}"
            );
            None
        }
    }
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
fn hub_cache() -> Cache {
    let variable = |name: &str| env::var_os(name).map(PathBuf::from);
    let folder = variable("HF_HUB_CACHE")
        // `cargo xtask test` gives the command line's tests a home of their own.
        .or_else(|| Some(variable("INSEQ_USERS_HF_HOME")?.join("hub")))
        .or_else(|| Some(variable("HF_HOME")?.join("hub")))
        .or_else(|| Some(variable("HOME")?.join(".cache/huggingface/hub")));
    folder.map(Cache::new).unwrap_or_default()
}

fn in_folder(names: &[String], folder: Option<&Path>) -> Option<PathBuf> {
    let mut folders = names.iter().flat_map(|name| {
        let short = name.rsplit('/').next().unwrap_or(name);
        let folder = folder.into_iter();
        folder.flat_map(move |folder| [folder.join(name), folder.join(short)])
    });
    folders.find(|folder| folder.join(CONFIG_FILE).is_file())
}

/// The folder of a model's files in the Hub's cache, after those that are not there have
/// been downloaded into it.
fn in_cache_or_downloaded(name: &str, cache: Cache) -> Result<PathBuf, String> {
    let cached = cache.model(name.to_owned());
    // Not the server that `HF_ENDPOINT` names: in tests that is one of ours.
    let api = ApiBuilder::from_cache(cache)
        .with_endpoint(HUB_ENDPOINT.to_owned())
        .with_progress(false)
        .build();
    let api = api.map_err(|error| error.to_string())?;
    let hub = api.model(name.to_owned());
    let is_offline = env::var_os("HF_HUB_OFFLINE").is_some_and(|value| value != "0");
    let get = |file: &str| match cached.get(file) {
        Some(path) => Ok(path),
        None if is_offline => Err("HF_HUB_OFFLINE is set".to_owned()),
        None => hub.get(file).map_err(|error| causes(&error)),
    };
    let config_path = get(CONFIG_FILE)?;
    let config = fs::read(&config_path).map_err(|error| error.to_string())?;
    for wanted in files_to_fetch(&config).map_err(|error| error.to_string())? {
        let mut ways = wanted.alternatives.iter();
        let found = ways.find_map(|files| {
            let files: Result<Vec<PathBuf>, String> = files.iter().map(|file| get(file)).collect();
            files.ok()
        });
        if found.is_none() && wanted.is_required {
            return Err(format!("{name} has none of {:?}", wanted.alternatives));
        }
    }
    let folder = config_path.parent().unwrap_or(Path::new("."));
    Ok(folder.to_owned())
}

/// An error and what led to it, in one line.
fn causes(error: &dyn Error) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        line.push_str(&format!(": {error}"));
        cause = error.source();
    }
    line
}

#[test]
fn models_are_found_where_people_keep_them() {
    let place = tempfile::tempdir().unwrap();
    let put = |folder: &str, file: &str, text: &str| {
        let folder = place.path().join(folder);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(file), text).unwrap();
        folder
    };
    let own = put("own/opus-mt-en-fr", CONFIG_FILE, "{}");
    let folder = place.path().join("own");
    let found = |name: &str| in_folder(&[name.to_owned()], Some(&folder));
    assert_eq!(found("Helsinki-NLP/opus-mt-en-fr"), Some(own));
    assert_eq!(found("gpt2"), None);

    let repository = "hub/models--openai-community--gpt2";
    put(&format!("{repository}/refs"), "main", "0123");
    let snapshot = format!("{repository}/snapshots/0123");
    let small = [
        ("generation_config.json", "{}"),
        ("tokenizer_config.json", "{}"),
        ("tokenizer.json", "{}"),
        ("model.safetensors", ""),
    ];
    for (file, text) in small {
        put(&snapshot, file, text);
    }
    let cached = put(&snapshot, CONFIG_FILE, r#"{"model_type": "gpt2"}"#);
    let cache = Cache::new(place.path().join("hub"));
    let found = in_cache_or_downloaded("openai-community/gpt2", cache);
    assert_eq!(found, Ok(cached));
}
