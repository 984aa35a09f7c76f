use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};

/// Tokens and their ids, both ways.
#[derive(Default)]
pub(super) struct Vocabulary {
    ids: HashMap<Arc<str>, u32>,
    tokens: HashMap<u32, Arc<str>>,
}

impl Vocabulary {
    pub(super) fn id(&self, token: &str) -> Option<u32> {
        self.ids.get(token).copied()
    }

    pub(super) fn token(&self, id: u32) -> Option<&str> {
        self.tokens.get(&id).map(AsRef::as_ref)
    }

    /// One more than the largest id.
    pub(super) fn size(&self) -> usize {
        self.tokens.keys().max().map_or(0, |id| *id as usize + 1)
    }

    /// Tokens with their ids, in no particular order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, u32)> {
        self.ids.iter().map(|(token, id)| (token.as_ref(), *id))
    }

    /// Adds a token. If the token or the id is there already, the later one counts, as
    /// when Python reads such a file.
    pub(super) fn insert(&mut self, token: &str, id: u32) {
        let token: Arc<str> = token.into();
        self.ids.insert(token.clone(), id);
        self.tokens.insert(id, token);
    }
}

/// From an object of the form `{"token": id}`, in the order of the file.
impl<'de> Deserialize<'de> for Vocabulary {
    fn deserialize<Source: Deserializer<'de>>(source: Source) -> Result<Self, Source::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Vocabulary;

            fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
                formatter.write_str("an object with tokens and their ids")
            }

            fn visit_map<Entries: MapAccess<'de>>(
                self,
                mut entries: Entries,
            ) -> Result<Vocabulary, Entries::Error> {
                let mut vocabulary = Vocabulary::default();
                while let Some((token, id)) = entries.next_entry::<String, u32>()? {
                    vocabulary.insert(&token, id);
                }
                Ok(vocabulary)
            }
        }
        source.deserialize_map(InOrder)
    }
}

#[cfg(test)]
mod tests {
    use super::Vocabulary;

    #[test]
    fn of_two_tokens_with_one_id_the_later_is_shown() {
        for _ in 0..10 {
            let text = r#"{"first": 7, "second": 7, "third": 7}"#;
            let vocabulary: Vocabulary = serde_json::from_str(text).unwrap();
            assert_eq!(vocabulary.token(7), Some("third"));
            assert_eq!(vocabulary.id("first"), Some(7));
            assert_eq!(vocabulary.size(), 8);
        }
    }
}
