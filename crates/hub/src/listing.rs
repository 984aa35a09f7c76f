use serde::Deserialize;

use crate::{Error, Result};

/// What a server tells of a revision before any of its files is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// The commit that the revision stands for: its files never change.
    pub commit: String,
    /// All files.
    pub files: Vec<ListedFile>,
    /// As the model's card says.
    pub license: Option<String>,
    /// As the model's card says; codes of languages.
    pub languages: Vec<String>,
}

/// A file of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedFile {
    /// Its path in the repository.
    pub name: String,
    /// In bytes.
    pub size: Option<u64>,
    /// Of its content, in hexadecimal digits; given for large files only.
    pub sha256: Option<String>,
}

impl Listing {
    /// Reads the Hub's answer about a model.
    ///
    /// # Errors
    /// If it is something else.
    pub fn from_json(json: &[u8], address: &str) -> Result<Self> {
        let broken = |reason: String| Error::Listing {
            address: address.to_owned(),
            reason,
        };
        let info: Info = serde_json::from_slice(json).map_err(|error| broken(error.to_string()))?;
        let is_commit = !info.sha.is_empty() && info.sha.bytes().all(|b| b.is_ascii_hexdigit());
        if !is_commit {
            return Err(broken(format!("{:?} is no commit", info.sha)));
        }
        let card = info.card_data.unwrap_or_default();
        Ok(Self {
            commit: info.sha,
            files: info.siblings.into_iter().map(ListedFile::from).collect(),
            license: card
                .license
                .into_iter()
                .flat_map(OneOrMany::into_vec)
                .next(),
            languages: card
                .language
                .into_iter()
                .flat_map(OneOrMany::into_vec)
                .collect(),
        })
    }

    /// A file of this name.
    pub fn file(&self, name: &str) -> Option<&ListedFile> {
        self.files.iter().find(|file| file.name == name)
    }
}

#[derive(Deserialize)]
struct Info {
    sha: String,
    siblings: Vec<Sibling>,
    #[serde(default, rename = "cardData", deserialize_with = "lenient")]
    card_data: Option<Card>,
}

#[derive(Deserialize)]
struct Sibling {
    rfilename: String,
    size: Option<u64>,
    lfs: Option<LargeFile>,
}

#[derive(Deserialize)]
struct LargeFile {
    sha256: Option<String>,
    size: Option<u64>,
}

#[derive(Default, Deserialize)]
struct Card {
    #[serde(default)]
    license: Option<OneOrMany>,
    #[serde(default)]
    language: Option<OneOrMany>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    fn into_vec(self) -> Vec<String> {
        match self {
            Self::One(one) => vec![one],
            Self::Many(many) => many,
        }
    }
}

/// A card is written by hand: one that is broken says nothing, and the files are still
/// there.
fn lenient<'a, D: serde::Deserializer<'a>>(deserializer: D) -> Result<Option<Card>, D::Error> {
    let value = serde_json::Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).ok())
}

impl From<Sibling> for ListedFile {
    fn from(sibling: Sibling) -> Self {
        let (sha256, size) = match sibling.lfs {
            Some(lfs) => (lfs.sha256, lfs.size),
            None => (None, None),
        };
        Self {
            name: sibling.rfilename,
            size: size.or(sibling.size),
            sha256,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_listed_with_sizes_and_hashes() {
        let json = br#"{"_id": "x", "id": "a/b", "sha": "00ff", "private": false,
            "cardData": {"license": "mit", "language": ["en", "fr"]},
            "siblings": [{"rfilename": "config.json", "size": 12, "blobId": "x"},
                {"rfilename": "model.safetensors", "size": 3,
                 "lfs": {"sha256": "abc", "size": 4, "pointerSize": 134}},
                {"rfilename": "README.md"}]}"#;
        let listing = Listing::from_json(json, "").unwrap();
        assert_eq!(listing.commit, "00ff");
        assert_eq!(listing.license.as_deref(), Some("mit"));
        assert_eq!(listing.languages, ["en", "fr"]);
        assert_eq!(listing.file("config.json").unwrap().size, Some(12));
        let weights = listing.file("model.safetensors").unwrap();
        assert_eq!(weights.size, Some(4));
        assert_eq!(weights.sha256.as_deref(), Some("abc"));
        assert_eq!(listing.file("README.md").unwrap().size, None);
        assert_eq!(listing.file("absent"), None);
    }

    #[test]
    fn a_broken_card_hides_no_files() {
        for card in [
            "null",
            "7",
            r#"{"license": {"a": 1}}"#,
            r#"{"language": [1]}"#,
        ] {
            let json = format!(r#"{{"sha": "0a", "cardData": {card}, "siblings": []}}"#);
            assert!(Listing::from_json(json.as_bytes(), "").is_ok(), "{card}");
        }
    }

    #[test]
    fn what_is_no_listing_is_refused() {
        for json in ["", "<html>", "[]", r#"{"sha": "../x", "siblings": []}"#] {
            let error = Listing::from_json(json.as_bytes(), "https://x").unwrap_err();
            assert!(error.to_string().contains("https://x"), "{error}");
        }
    }
}
