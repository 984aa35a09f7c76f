use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::{Error, Result};

/// The name of a model: a bundled one (`demo-gpt2`), one on the Hub
/// (`owner/name`, `owner/name@revision`, or the address of its page), a folder on disk,
/// a base address (`https://example.org/models/mine`), or files that were chosen
/// (`files:mine`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelId(String);

/// Where a model's files are, by the form of its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// In a folder of this name, beside the others that one ships with; natively also a
    /// path.
    Folder(String),
    /// In a repository of the Hub.
    Repository(Repository),
    /// Below an address, which has no slash at its end: there directly, or in the Hub's
    /// layout.
    Address(Repository),
    /// Among files that the user chose from disk.
    Chosen(String),
}

/// A model on a server that has the Hub's layout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    /// The server, `https://huggingface.co` for the Hub itself; no slash at its end.
    pub endpoint: String,
    /// `owner/name`.
    pub name: String,
    /// A branch, a tag, a commit or `refs/pr/N`.
    pub revision: String,
}

/// The Hub itself.
pub const HUB_ENDPOINT: &str = "https://huggingface.co";

/// The revision of a model that names none.
const MAIN: &str = "main";

/// Before the name of chosen files.
const CHOSEN: &str = "files:";

/// What a revision's slashes and the like become in an address.
const IN_PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

impl ModelId {
    /// Checks a name.
    ///
    /// # Errors
    /// If it is empty, or has control characters.
    pub fn parse(name: &str) -> Result<Self> {
        let refuse = |reason| {
            Err(Error::ModelName {
                name: name.to_owned(),
                reason,
            })
        };
        let trimmed = name.trim();
        if trimmed.is_empty() {
            return refuse("is empty");
        }
        if trimmed.chars().any(char::is_control) {
            return refuse("has control characters");
        }
        Ok(Self(trimmed.to_owned()))
    }

    /// As it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is one plain name, as bundled models have: letters, digits, `-`,
    /// `_` and `.`, and not a way out of a folder.
    pub fn is_plain_name(&self) -> bool {
        is_plain_name(&self.0)
    }

    /// Where its files are.
    pub fn location(&self) -> Location {
        let name = self.0.as_str();
        if let Some(chosen) = name.strip_prefix(CHOSEN) {
            return Location::Chosen(chosen.to_owned());
        }
        if let Some((scheme, rest)) = name.split_once("://")
            && matches!(scheme, "http" | "https")
        {
            return location_of_address(scheme, rest);
        }
        match Repository::parse(HUB_ENDPOINT, name) {
            Some(repository) => Location::Repository(repository),
            None => Location::Folder(name.to_owned()),
        }
    }
}

/// A page of the Hub names its repository; any other address is a base address.
fn location_of_address(scheme: &str, rest: &str) -> Location {
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let rest = rest.trim_end_matches('/');
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    if matches!(host, "huggingface.co" | "www.huggingface.co" | "hf.co") {
        let parts: Vec<&str> = path.splitn(4, '/').collect();
        let (owner_and_name, revision) = match parts.as_slice() {
            [owner, name, "tree" | "blob" | "resolve" | "raw", revision] => {
                // Nothing tells a revision's slashes from those of a file's path, but
                // this one kind of revision.
                let n_parts = if revision.starts_with("refs/") { 3 } else { 1 };
                let parts: Vec<&str> = revision.splitn(n_parts + 1, '/').take(n_parts).collect();
                (format!("{owner}/{name}"), Some(parts.join("/")))
            }
            _ => (path.to_owned(), None),
        };
        let text = match revision {
            Some(revision) => format!("{owner_and_name}@{revision}"),
            None => owner_and_name,
        };
        if let Some(repository) = Repository::parse(HUB_ENDPOINT, &text) {
            return Location::Repository(repository);
        }
    }
    let address = format!("{scheme}://{rest}");
    let (folder, revision) = match address.rsplit_once('@') {
        // What stands before an `@` in a host is a password, not a folder.
        Some((folder, revision)) if folder.matches('/').count() > 2 => (folder, revision),
        _ => (address.as_str(), MAIN),
    };
    let mut parts = folder.rsplitn(3, '/');
    let (last, owner) = (parts.next(), parts.next());
    let (endpoint, name) = match (parts.next(), owner, last) {
        (Some(endpoint), Some(owner), Some(last)) if endpoint.matches('/').count() >= 2 => {
            (endpoint.to_owned(), format!("{owner}/{last}"))
        }
        _ => (folder.to_owned(), String::new()),
    };
    Location::Address(Repository {
        endpoint,
        name,
        revision: revision.to_owned(),
    })
}

impl Repository {
    /// Reads `owner/name` or `owner/name@revision`; `None` if it is neither.
    fn parse(endpoint: &str, text: &str) -> Option<Self> {
        let (name, revision) = text.split_once('@').unwrap_or((text, MAIN));
        let (owner, last) = name.split_once('/')?;
        let is_revision = |revision: &str| {
            let mut parts = revision.split('/');
            parts.all(is_plain_name)
        };
        let is_one = is_plain_name(owner) && is_plain_name(last) && is_revision(revision);
        is_one.then(|| Self {
            endpoint: endpoint.to_owned(),
            name: name.to_owned(),
            revision: revision.to_owned(),
        })
    }

    /// The name by which it is asked for, without a revision.
    pub fn plain_name(&self) -> String {
        match (self.endpoint.as_str(), self.name.as_str()) {
            (HUB_ENDPOINT, name) => name.to_owned(),
            (endpoint, "") => endpoint.to_owned(),
            (endpoint, name) => format!("{endpoint}/{name}"),
        }
    }

    /// Where what is known of a revision's files can be read, as
    /// [`Listing`](crate::Listing) understands it.
    pub fn listing_address(&self) -> String {
        let Self { endpoint, name, .. } = self;
        let revision = in_path(&self.revision);
        format!("{endpoint}/api/models/{name}/revision/{revision}?blobs=true")
    }

    /// Where a file is, of the given commit or else of the revision.
    pub fn file_address(&self, commit: Option<&str>, file: &str) -> String {
        let Self { endpoint, name, .. } = self;
        let revision = in_path(commit.unwrap_or(&self.revision));
        format!("{endpoint}/{name}/resolve/{revision}/{}", in_path(file))
    }

    /// Where a file is, if the server has folders instead of the Hub's layout.
    pub fn plain_file_address(&self, file: &str) -> String {
        let Self { endpoint, name, .. } = self;
        match name.as_str() {
            "" => format!("{endpoint}/{}", in_path(file)),
            name => format!("{endpoint}/{name}/{}", in_path(file)),
        }
    }
}

fn in_path(text: &str) -> String {
    utf8_percent_encode(text, IN_PATH).to_string()
}

impl fmt::Display for ModelId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Whether a name cannot leave the folder it is looked up in.
pub(crate) fn is_plain_name(name: &str) -> bool {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
    !name.is_empty() && !name.starts_with('.') && name.chars().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn location(name: &str) -> Location {
        ModelId::parse(name).unwrap().location()
    }

    fn hub(name: &str, revision: &str) -> Location {
        Location::Repository(repository(HUB_ENDPOINT, name, revision))
    }

    fn repository(endpoint: &str, name: &str, revision: &str) -> Repository {
        Repository {
            endpoint: endpoint.to_owned(),
            name: name.to_owned(),
            revision: revision.to_owned(),
        }
    }

    #[test]
    fn names_that_name_nothing_are_refused() {
        assert!(ModelId::parse("").is_err());
        assert!(ModelId::parse("  ").is_err());
        assert!(ModelId::parse("de\nmo").is_err());
        assert!(ModelId::parse("openai-community/gpt2").is_ok());
    }

    #[test]
    fn plain_names_stay_in_their_folder() {
        assert!(is_plain_name("model.safetensors"));
        for name in ["", "..", ".hidden", "a/b", "a\\b", "a:b", "ä"] {
            assert!(!is_plain_name(name), "{name}");
        }
    }

    #[test]
    fn the_hub_is_named_by_owner_and_name_or_by_its_pages() {
        let gpt2 = || hub("openai-community/gpt2", "main");
        for name in [
            "openai-community/gpt2",
            " openai-community/gpt2 ",
            "openai-community/gpt2@main",
            "https://huggingface.co/openai-community/gpt2",
            "https://huggingface.co/openai-community/gpt2/",
            "https://huggingface.co/openai-community/gpt2?library=transformers",
            "https://hf.co/openai-community/gpt2/tree/main",
            "https://huggingface.co/openai-community/gpt2/resolve/main/config.json",
        ] {
            assert_eq!(location(name), gpt2(), "{name}");
        }
        assert_eq!(
            location("Helsinki-NLP/opus-mt-en-fr@refs/pr/7"),
            hub("Helsinki-NLP/opus-mt-en-fr", "refs/pr/7")
        );
        assert_eq!(
            location("https://huggingface.co/a/b/blob/refs/pr/7/config.json"),
            hub("a/b", "refs/pr/7")
        );
    }

    #[test]
    fn other_names_are_folders_addresses_or_chosen_files() {
        let folder = |name: &str| Location::Folder(name.to_owned());
        for name in [
            "demo-gpt2",
            "./model",
            "/models/a",
            "a/b/c",
            "a/../b",
            "C:\\m",
        ] {
            assert_eq!(location(name), folder(name), "{name}");
        }
        assert_eq!(location("files:m"), Location::Chosen("m".to_owned()));
        let address =
            |endpoint, name, revision| Location::Address(repository(endpoint, name, revision));
        assert_eq!(
            location("http://127.0.0.1:80/x/owner/name/"),
            address("http://127.0.0.1:80/x", "owner/name", "main")
        );
        assert_eq!(
            location("https://mirror.org/owner/name@refs/pr/1"),
            address("https://mirror.org", "owner/name", "refs/pr/1")
        );
    }

    #[test]
    fn addresses_are_those_of_the_hub() {
        let one = repository(HUB_ENDPOINT, "a/b", "refs/pr/1");
        assert_eq!(
            one.listing_address(),
            "https://huggingface.co/api/models/a/b/revision/refs%2Fpr%2F1?blobs=true"
        );
        assert_eq!(
            one.file_address(None, "config.json"),
            "https://huggingface.co/a/b/resolve/refs%2Fpr%2F1/config.json"
        );
        assert_eq!(
            one.file_address(Some("c0ffee"), "config.json"),
            "https://huggingface.co/a/b/resolve/c0ffee/config.json"
        );
        let plain = repository("http://127.0.0.1:80", "", "main");
        assert_eq!(plain.plain_file_address("a b"), "http://127.0.0.1:80/a%20b");
    }
}
