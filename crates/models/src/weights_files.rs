use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::files::content_from_json;
use crate::{Checkpoint, Error, FileWanted, ModelFiles, Result};

/// Files with weights, best first: safetensors hold nothing but tensors.
const WHOLE_OR_INDEX: [&str; 4] = [
    "model.safetensors",
    "model.safetensors.index.json",
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
];

const INDEX_SUFFIX: &str = ".index.json";

/// What a file with weights may end in.
const WEIGHTS_SUFFIXES: [&str; 2] = [".safetensors", ".bin"];

/// A model's weights, in any of the ways in which the Hub has them.
pub(crate) fn weights_wanted() -> FileWanted {
    FileWanted {
        alternatives: WHOLE_OR_INDEX.map(|name| vec![name]).to_vec(),
        is_required: true,
    }
}

/// Whether a file of this name has weights: it is large, and read by ranges.
pub fn is_weights_file(name: &str) -> bool {
    WEIGHTS_SUFFIXES.iter().any(|suffix| name.ends_with(suffix))
}

/// The files with weights that a fetched file names, sorted, each once; none unless
/// it is an index.
///
/// # Errors
/// If it is an index and cannot be read, or names what is no plain file name of
/// weights: letters, digits, `-`, `_` and `.`, not beginning with a dot.
pub fn weights_files_in_index(file: &str, bytes: &[u8]) -> Result<Vec<String>> {
    #[derive(Deserialize)]
    struct Index {
        weight_map: BTreeMap<String, String>,
    }
    if !file.ends_with(INDEX_SUFFIX) {
        return Ok(Vec::new());
    }
    let index: Index = content_from_json(file, bytes)?;
    let names: BTreeSet<String> = index.weight_map.into_values().collect();
    if let Some(name) = names.iter().find(|name| !is_plain_weights_name(name)) {
        return Err(Error::WeightsFileName {
            name: name.clone(),
            file: file.to_owned(),
        });
    }
    Ok(names.into_iter().collect())
}

fn is_plain_weights_name(name: &str) -> bool {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
    !name.starts_with('.') && name.chars().all(is_plain) && is_weights_file(name)
}

/// Opens the best of a model's weights that are there.
pub(crate) async fn checkpoint_of(files: &mut ModelFiles) -> Result<Checkpoint> {
    let mut names = WHOLE_OR_INDEX.into_iter();
    let name = names
        .find(|name| files.contains(name))
        .unwrap_or(WHOLE_OR_INDEX[0]);
    let names = if name.ends_with(INDEX_SUFFIX) {
        weights_files_in_index(name, files.get(name)?)?
    } else {
        vec![name.to_owned()]
    };
    let mut opened = Vec::new();
    for name in names {
        let file = files.take_weights(&name)?;
        opened.push((name, file));
    }
    Checkpoint::open(opened).await
}

#[cfg(test)]
mod tests {
    use super::{is_weights_file, weights_files_in_index};

    const INDEX: &str = "model.safetensors.index.json";

    fn index(names: &[&str]) -> Vec<u8> {
        let map = names.iter().enumerate();
        let map: serde_json::Map<_, _> = map
            .map(|(number, name)| (number.to_string(), (*name).into()))
            .collect();
        serde_json::json!({"metadata": {"total_size": 8}, "weight_map": map})
            .to_string()
            .into_bytes()
    }

    #[test]
    fn an_index_names_each_file_once() {
        let (first, second) = (
            "model-00001-of-00002.safetensors",
            "model-00002-of-00002.safetensors",
        );
        assert!(is_weights_file(first));
        assert!(!is_weights_file(INDEX));
        let names = weights_files_in_index(INDEX, &index(&[second, first, second])).unwrap();
        assert_eq!(names, [first, second]);
        assert!(
            weights_files_in_index("config.json", b"{}")
                .unwrap()
                .is_empty()
        );
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        for name in [
            "",
            "../model.safetensors",
            "a/b.bin",
            "a\\b.bin",
            "..bin",
            ".bin",
            "https:model.bin",
            "config.json",
            "ä.bin",
        ] {
            let error = weights_files_in_index(INDEX, &index(&[name])).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!(
                    "weights index names {name:?}, which is no plain file name, in file {INDEX:?}"
                )
            );
        }
        assert!(weights_files_in_index(INDEX, b"{}").is_err());
    }
}
