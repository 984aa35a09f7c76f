use std::collections::BTreeMap;
use std::rc::Rc;

use serde::de::DeserializeOwned;

use crate::families::Family;
use crate::weights_files::weights_wanted;
use crate::{Error, FileBytes, Result};

/// The file that every model has, and that says which others it needs.
pub const CONFIG_FILE: &str = "config.json";

/// The files of one model, by name: small ones as bytes, those with weights as
/// something that is read by ranges.
#[derive(Default)]
pub struct ModelFiles {
    files: BTreeMap<String, Vec<u8>>,
    weights: BTreeMap<String, Rc<dyn FileBytes>>,
}

impl ModelFiles {
    /// No file yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file, in place of an earlier one of the same name. If it has weights,
    /// they are read from these bytes.
    pub fn insert(&mut self, name: impl Into<String>, bytes: Vec<u8>) {
        self.files.insert(name.into(), bytes);
    }

    /// Adds a file with weights ([`is_weights_file`](crate::is_weights_file)) that need
    /// not be in memory, in place of an earlier one of the same name.
    pub fn insert_weights(&mut self, name: impl Into<String>, file: Rc<dyn FileBytes>) {
        self.weights.insert(name.into(), file);
    }

    /// Whether there is a file of this name.
    pub fn contains(&self, name: &str) -> bool {
        self.files.contains_key(name) || self.weights.contains_key(name)
    }

    /// A small file's bytes. It is an error if there is no such file.
    pub fn get(&self, name: &str) -> Result<&[u8]> {
        self.files
            .get(name)
            .map(Vec::as_slice)
            .ok_or_else(|| missing(name))
    }

    /// Takes a file with weights out. It is an error if there is no such file.
    pub fn take_weights(&mut self, name: &str) -> Result<Rc<dyn FileBytes>> {
        if let Some(file) = self.weights.remove(name) {
            return Ok(file);
        }
        let bytes = self.files.remove(name).ok_or_else(|| missing(name))?;
        Ok(Rc::new(bytes))
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

pub(crate) fn content_from_json<Content: DeserializeOwned>(
    name: &str,
    bytes: &[u8],
) -> Result<Content> {
    serde_json::from_slice(bytes).map_err(|source| Error::Json {
        file: name.to_owned(),
        source,
    })
}

/// One thing to fetch for a model: the first of a few ways to say the same.
///
/// A file may be an index of weights in several files. Then those files, which
/// [`weights_files_in_index`](crate::weights_files_in_index) names, belong to the same
/// set, and a missing one is an error: the others are of no use without it.
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
/// small files first, weights last. Weights are to be had in four ways: in one file or
/// in several that an index names, as safetensors or as `torch.save` wrote them.
///
/// A caller fetches each [`FileWanted`] in turn. What
/// [`is_weights_file`](crate::is_weights_file) says is large goes to
/// [`ModelFiles::insert_weights`], all else to [`ModelFiles::insert`]; after each file,
/// those that [`weights_files_in_index`](crate::weights_files_in_index) finds in it
/// are fetched too.
///
/// # Errors
/// If the `model_type` is not ours.
pub fn files_to_fetch(config: &[u8]) -> Result<Vec<FileWanted>> {
    let tokenizer = match Family::of(config)? {
        Family::Gpt2 => vec![FileWanted {
            alternatives: vec![vec!["tokenizer.json"], vec!["vocab.json", "merges.txt"]],
            is_required: true,
        }],
        Family::Marian => vec![
            FileWanted::required("vocab.json"),
            FileWanted::required("source.spm"),
            FileWanted::required("target.spm"),
            // Only of models with `separate_vocabs`; the tokenizer knows when.
            FileWanted::optional("target_vocab.json"),
        ],
    };
    let mut wanted = vec![
        FileWanted::optional("generation_config.json"),
        FileWanted::optional("tokenizer_config.json"),
    ];
    wanted.extend(tokenizer);
    wanted.push(weights_wanted());
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
        let error = files.take_weights("config.json").err().unwrap();
        assert_eq!(error.to_string(), expected);
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
        let config = br#"{"model_type": "bert", "architectures": ["BertForMaskedLM"]}"#;
        assert_eq!(
            files_to_fetch(config).unwrap_err().to_string(),
            r#"model type "bert" ("BertForMaskedLM") is not supported; supported are "gpt2", "marian""#
        );
        assert!(files_to_fetch(br#"{"model_type": "gpt2", "architectures": 7}"#).is_ok());
        assert!(files_to_fetch(b"[]").is_err());
        assert!(files_to_fetch(b"{}").is_err());
    }
}
