use std::fmt;

use crate::{Error, Result};

/// The name of a model: a bundled one (`demo-gpt2`), one on the Hub
/// (`owner/name`), a folder, or a base address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelId(String);

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
        if name.trim().is_empty() {
            return refuse("is empty");
        }
        if name.chars().any(char::is_control) {
            return refuse("has control characters");
        }
        Ok(Self(name.to_owned()))
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

    #[test]
    fn names_that_name_nothing_are_refused() {
        assert!(ModelId::parse("").is_err());
        assert!(ModelId::parse("  ").is_err());
        assert!(ModelId::parse("demo\n").is_err());
        assert!(ModelId::parse("openai-community/gpt2").is_ok());
    }

    #[test]
    fn plain_names_stay_in_their_folder() {
        assert!(is_plain_name("model.safetensors"));
        for name in ["", "..", ".hidden", "a/b", "a\\b", "a:b", "ä"] {
            assert!(!is_plain_name(name), "{name}");
        }
    }
}
