use std::collections::BTreeMap;
use std::fmt;

use models::Side;

use crate::{Error, Result};

/// One option of a method or step function.
#[derive(Clone, Debug, PartialEq)]
pub struct OptionDescription {
    /// Inseq's name.
    pub id: &'static str,
    /// In words, for a form's label.
    pub title: &'static str,
    /// What it does, in one sentence.
    pub sentence: &'static str,
    /// What it may be, and what it is when not given.
    pub domain: OptionDomain,
}

/// What an alignment must be, in words that follow "must be".
pub const ALIGNMENT_FORM: &str = "a list of pairs, output's position first, or \"auto\"";
/// An alignment, as JSON.
pub const ALIGNMENT_EXAMPLE: &str = "[[8, 8], [9, 11]]";

/// The values an option may take.
#[derive(Clone, Debug, PartialEq)]
pub enum OptionDomain {
    /// Yes or no.
    Flag {
        /// When not given.
        default: bool,
    },
    /// A whole number.
    Integer {
        /// When not given; `None` means chosen for the machine.
        default: Option<i64>,
        /// Smallest.
        minimum: i64,
        /// Largest.
        maximum: i64,
    },
    /// A number.
    Number {
        /// When not given; `None` means that it is not used.
        default: Option<f64>,
        /// Smallest.
        minimum: f64,
        /// Largest.
        maximum: f64,
    },
    /// One of a few words.
    Choice {
        /// When not given.
        default: &'static str,
        /// All of them.
        choices: &'static [&'static str],
    },
    /// Free text.
    Text {
        /// When not given; `None` means that it is not used.
        default: Option<&'static str>,
        /// A text that it could be.
        example: &'static str,
    },
    /// A text whose tokens are needed. Not used when not given. An asker gives the
    /// text; whoever has the tokenizer at hand puts its ids in the text's place.
    Tokens {
        /// Whose tokens they are.
        side: Side,
        /// A text that it could be.
        example: &'static str,
    },
    /// Numbers, texts, lists and maps in a form of its own, which its owner checks.
    /// Not used when not given.
    Structure {
        /// The form, in words that follow "must be".
        form: &'static str,
        /// A value that it could be, as JSON.
        example: &'static str,
    },
    /// Which token of a text stands against which of the output, read by
    /// [`counterparts`](crate::counterparts). Not used when not given.
    Alignment {
        /// Id of the option that has the text.
        text_option: &'static str,
    },
}

/// A value given for an option.
#[derive(Clone, Debug, PartialEq)]
pub enum OptionValue {
    /// For [`OptionDomain::Flag`].
    Flag(bool),
    /// For [`OptionDomain::Integer`].
    Integer(i64),
    /// For [`OptionDomain::Number`].
    Number(f64),
    /// For [`OptionDomain::Choice`] and [`OptionDomain::Text`].
    Text(String),
    /// For [`OptionDomain::Structure`] and [`OptionDomain::Alignment`], and ids for
    /// [`OptionDomain::Tokens`].
    List(Vec<OptionValue>),
    /// For [`OptionDomain::Structure`].
    Map(BTreeMap<String, OptionValue>),
}

impl fmt::Display for OptionValue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OptionValue::Flag(value) => write!(formatter, "{value}"),
            OptionValue::Integer(value) => write!(formatter, "{value}"),
            OptionValue::Number(value) => write!(formatter, "{value}"),
            OptionValue::Text(value) => write!(formatter, "{value:?}"),
            OptionValue::List(values) => {
                let values: Vec<String> = values.iter().map(ToString::to_string).collect();
                write!(formatter, "[{}]", values.join(", "))
            }
            OptionValue::Map(values) => {
                let values: Vec<String> = values
                    .iter()
                    .map(|(name, value)| format!("{name:?}: {value}"))
                    .collect();
                write!(formatter, "{{{}}}", values.join(", "))
            }
        }
    }
}

/// Values given for options, by Inseq's names.
pub type OptionValues = BTreeMap<String, OptionValue>;

/// Given values, checked against the options of one method or function.
pub(crate) struct CheckedOptions<'a> {
    owner: &'a str,
    known: &'a [OptionDescription],
    given: &'a OptionValues,
}

#[allow(
    dead_code,
    reason = "the methods that read the new kinds land one by one"
)]
impl<'a> CheckedOptions<'a> {
    /// Refuses names and values that the options do not have.
    pub(crate) fn new(
        owner: &'a str,
        known: &'a [OptionDescription],
        given: &'a OptionValues,
    ) -> Result<Self> {
        for (name, value) in given {
            let Some(option) = known.iter().find(|option| option.id == name) else {
                return Err(Error::UnknownOption {
                    owner: owner.to_owned(),
                    asked: name.clone(),
                    known: known.iter().map(|option| option.id.to_owned()).collect(),
                });
            };
            if !option.domain.contains(value) {
                return Err(Error::OptionValue {
                    owner: owner.to_owned(),
                    option: option.id,
                    expected: option.domain.to_string(),
                    found: value.to_string(),
                });
            }
        }
        Ok(Self {
            owner,
            known,
            given,
        })
    }

    pub(crate) fn flag(&self, id: &str) -> bool {
        match (self.given.get(id), self.domain(id)) {
            (Some(OptionValue::Flag(value)), _) => *value,
            (_, OptionDomain::Flag { default }) => *default,
            _ => self.not_of_this_kind(id),
        }
    }

    pub(crate) fn integer(&self, id: &str) -> Option<i64> {
        match (self.given.get(id), self.domain(id)) {
            (Some(OptionValue::Integer(value)), _) => Some(*value),
            (_, OptionDomain::Integer { default, .. }) => *default,
            _ => self.not_of_this_kind(id),
        }
    }

    pub(crate) fn number(&self, id: &str) -> Option<f64> {
        match (self.given.get(id), self.domain(id)) {
            (Some(OptionValue::Number(value)), _) => Some(*value),
            (Some(OptionValue::Integer(value)), _) => Some(*value as f64),
            (_, OptionDomain::Number { default, .. }) => *default,
            _ => self.not_of_this_kind(id),
        }
    }

    pub(crate) fn choice(&self, id: &str) -> &str {
        match (self.given.get(id), self.domain(id)) {
            (Some(OptionValue::Text(value)), _) => value,
            (_, OptionDomain::Choice { default, .. }) => default,
            _ => self.not_of_this_kind(id),
        }
    }

    pub(crate) fn text(&self, id: &str) -> Option<&str> {
        match (self.given.get(id), self.domain(id)) {
            (Some(OptionValue::Text(value)), _) => Some(value),
            (_, OptionDomain::Text { default, .. }) => *default,
            _ => self.not_of_this_kind(id),
        }
    }

    /// Token ids; an error if the text still stands in their place.
    pub(crate) fn ids(&self, id: &'static str) -> Result<Option<Vec<u32>>> {
        let OptionDomain::Tokens { .. } = self.domain(id) else {
            self.not_of_this_kind(id);
        };
        let Some(value) = self.given.get(id) else {
            return Ok(None);
        };
        let ids = token_ids(value).filter(|ids| !ids.is_empty());
        ids.map(Some).ok_or_else(|| Error::OptionValue {
            owner: self.owner.to_owned(),
            option: id,
            expected: "a list of token ids".to_owned(),
            found: value.to_string(),
        })
    }

    /// As it was given; its owner reads it, or refuses it with
    /// [`bad_value`](Self::bad_value).
    pub(crate) fn structure(&self, id: &str) -> Option<&OptionValue> {
        match self.domain(id) {
            OptionDomain::Structure { .. } | OptionDomain::Alignment { .. } => self.given.get(id),
            _ => self.not_of_this_kind(id),
        }
    }

    /// Says that there must be a value.
    pub(crate) fn missing(&self, id: &'static str) -> Error {
        Error::MissingOption {
            owner: self.owner.to_owned(),
            option: id,
            expected: self.domain(id).to_string(),
        }
    }

    /// Refuses the value given for an option.
    pub(crate) fn bad_value(&self, id: &'static str) -> Error {
        Error::OptionValue {
            owner: self.owner.to_owned(),
            option: id,
            expected: self.domain(id).to_string(),
            found: self
                .given
                .get(id)
                .map_or_else(|| "nothing".to_owned(), ToString::to_string),
        }
    }

    fn domain(&self, id: &str) -> &OptionDomain {
        match self.known.iter().find(|option| option.id == id) {
            Some(option) => &option.domain,
            None => self.not_of_this_kind(id),
        }
    }

    fn not_of_this_kind(&self, id: &str) -> ! {
        unreachable!("{} reads {id} as its own table describes it", self.owner)
    }
}

fn token_ids(value: &OptionValue) -> Option<Vec<u32>> {
    let id = |value: &OptionValue| match value {
        OptionValue::Integer(id) => u32::try_from(*id).ok(),
        _ => None,
    };
    match value {
        OptionValue::List(values) => values.iter().map(id).collect(),
        _ => None,
    }
}

impl OptionDomain {
    fn contains(&self, value: &OptionValue) -> bool {
        match (self, value) {
            (OptionDomain::Flag { .. }, OptionValue::Flag(_)) => true,
            (
                OptionDomain::Integer {
                    minimum, maximum, ..
                },
                OptionValue::Integer(value),
            ) => (minimum..=maximum).contains(&value),
            (
                OptionDomain::Number {
                    minimum, maximum, ..
                },
                OptionValue::Number(value),
            ) => (minimum..=maximum).contains(&value),
            (
                OptionDomain::Number {
                    minimum, maximum, ..
                },
                OptionValue::Integer(value),
            ) => (*minimum..=*maximum).contains(&(*value as f64)),
            (OptionDomain::Choice { choices, .. }, OptionValue::Text(value)) => {
                choices.contains(&value.as_str())
            }
            (OptionDomain::Text { .. } | OptionDomain::Tokens { .. }, OptionValue::Text(_))
            | (OptionDomain::Structure { .. } | OptionDomain::Alignment { .. }, _) => true,
            (OptionDomain::Tokens { .. }, value) => token_ids(value).is_some(),
            _ => false,
        }
    }
}

impl fmt::Display for OptionDomain {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OptionDomain::Flag { .. } => write!(formatter, "true or false"),
            OptionDomain::Integer {
                minimum, maximum, ..
            } => write!(formatter, "a whole number from {minimum} to {maximum}"),
            OptionDomain::Number {
                minimum, maximum, ..
            } => write!(formatter, "a number from {minimum} to {maximum}"),
            OptionDomain::Choice { choices, .. } => {
                write!(formatter, "one of {}", choices.join(", "))
            }
            OptionDomain::Text { example, .. } | OptionDomain::Tokens { example, .. } => {
                write!(formatter, "a text such as {example:?}")
            }
            OptionDomain::Structure { form, example } => {
                write!(formatter, "{form}, such as {example}")
            }
            OptionDomain::Alignment { .. } => {
                write!(formatter, "{ALIGNMENT_FORM}, such as {ALIGNMENT_EXAMPLE}")
            }
        }
    }
}
