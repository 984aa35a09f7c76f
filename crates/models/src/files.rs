use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::{Error, Result};

/// The file that every model has, and that says which others it needs.
pub const CONFIG_FILE: &str = "config.json";

/// The files of one model, by name.
#[derive(Default)]
pub struct ModelFiles {
    files: BTreeMap<String, Vec<u8>>,
}

impl ModelFiles {
    /// No file yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file, in place of an earlier one of the same name.
    pub fn insert(&mut self, name: impl Into<String>, bytes: Vec<u8>) {
        self.files.insert(name.into(), bytes);
    }

    /// Whether there is a file of this name.
    pub fn contains(&self, name: &str) -> bool {
        self.files.contains_key(name)
    }

    /// A file's bytes. It is an error if there is no such file.
    pub fn get(&self, name: &str) -> Result<&[u8]> {
        self.files
            .get(name)
            .map(Vec::as_slice)
            .ok_or_else(|| missing(name))
    }

    /// Takes a file's bytes out. It is an error if there is no such file.
    pub fn take(&mut self, name: &str) -> Result<Vec<u8>> {
        self.files.remove(name).ok_or_else(|| missing(name))
    }

    /// Reads a file as JSON. It is an error if there is no such file, or if it is not
    /// what `Content` expects.
    pub fn json<Content: DeserializeOwned>(&self, name: &str) -> Result<Content> {
        content_from_json(name, self.get(name)?)
    }

    /// Reads a file as JSON like [`json`](Self::json); `None` if there is no such file.
    pub fn json_if_present<Content: DeserializeOwned>(
        &self,
        name: &str,
    ) -> Result<Option<Content>> {
        self.files
            .get(name)
            .map(|bytes| content_from_json(name, bytes))
            .transpose()
    }
}

fn missing(name: &str) -> Error {
    Error::MissingFile {
        name: name.to_owned(),
    }
}

fn content_from_json<Content: DeserializeOwned>(name: &str, bytes: &[u8]) -> Result<Content> {
    serde_json::from_slice(bytes).map_err(|source| Error::Json {
        file: name.to_owned(),
        source,
    })
}

/// One thing to fetch for a model: the first of a few ways to say the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileWanted {
    /// Sets of files, best first. Fetch the first set of which every file is there.
    pub alternatives: Vec<Vec<&'static str>>,
    /// Whether the model cannot be loaded without it.
    pub is_required: bool,
}

impl FileWanted {
    fn required(name: &'static str) -> Self {
        Self {
            alternatives: vec![vec![name]],
            is_required: true,
        }
    }

    fn optional(name: &'static str) -> Self {
        Self {
            alternatives: vec![vec![name]],
            is_required: false,
        }
    }
}

/// Which files to fetch for a model beside its [`CONFIG_FILE`], whose bytes are given.
///
/// The order is that of usefulness for finding out early that something is missing:
/// small files first, weights last. A `model_type` that is not ours is an error.
pub fn files_to_fetch(config: &[u8]) -> Result<Vec<FileWanted>> {
    #[derive(Deserialize)]
    struct ConfigOfAnyFamily {
        model_type: String,
    }
    let config: ConfigOfAnyFamily = content_from_json(CONFIG_FILE, config)?;

    let tokenizer = match config.model_type.as_str() {
        "gpt2" => vec![FileWanted {
            alternatives: vec![vec!["tokenizer.json"], vec!["vocab.json", "merges.txt"]],
            is_required: true,
        }],
        "marian" => vec![
            FileWanted::required("vocab.json"),
            FileWanted::required("source.spm"),
            FileWanted::required("target.spm"),
            // Only of models with `separate_vocabs`; the tokenizer knows when.
            FileWanted::optional("target_vocab.json"),
        ],
        _ => {
            return Err(Error::UnknownFamily {
                found: config.model_type,
                known: vec!["gpt2".to_owned(), "marian".to_owned()],
            });
        }
    };
    let mut wanted = vec![
        FileWanted::optional("generation_config.json"),
        FileWanted::optional("tokenizer_config.json"),
    ];
    wanted.extend(tokenizer);
    wanted.push(FileWanted::required("model.safetensors"));
    Ok(wanted)
}

#[cfg(test)]
mod tests {
    use super::{ModelFiles, files_to_fetch};

    #[test]
    fn an_absent_file_is_named() {
        let mut files = ModelFiles::new();
        let expected = r#"model folder has no file "config.json""#;
        assert_eq!(files.get("config.json").unwrap_err().to_string(), expected);
        assert_eq!(files.take("config.json").unwrap_err().to_string(), expected);
        assert_eq!(files.json_if_present::<u32>("config.json").unwrap(), None);
    }

    #[test]
    fn broken_json_is_reported_with_file_and_place() {
        let mut files = ModelFiles::new();
        files.insert("config.json", b"{\n \"a\": }".to_vec());
        assert_eq!(
            files
                .json::<serde_json::Value>("config.json")
                .unwrap_err()
                .to_string(),
            r#"file "config.json" cannot be read: expected value at line 2 column 7"#
        );
    }

    #[test]
    fn each_family_has_its_files() {
        let names = |config: &[u8]| -> Vec<&str> {
            let wanted = files_to_fetch(config).unwrap();
            let required = wanted.iter().filter(|wanted| wanted.is_required);
            required
                .flat_map(|wanted| wanted.alternatives[0].clone())
                .collect()
        };
        assert_eq!(
            names(br#"{"model_type": "gpt2"}"#),
            ["tokenizer.json", "model.safetensors"]
        );
        assert_eq!(
            names(br#"{"model_type": "marian"}"#),
            [
                "vocab.json",
                "source.spm",
                "target.spm",
                "model.safetensors"
            ]
        );
    }

    #[test]
    fn other_families_are_refused_by_name() {
        assert_eq!(
            files_to_fetch(br#"{"model_type": "bert"}"#)
                .unwrap_err()
                .to_string(),
            r#"model type "bert" is not supported; supported are "gpt2", "marian""#
        );
        assert!(files_to_fetch(b"[]").is_err());
        assert!(files_to_fetch(b"{}").is_err());
    }
}
