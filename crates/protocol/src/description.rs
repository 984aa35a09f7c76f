use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// An attribution method, for forms and help texts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MethodDescription {
    /// Inseq's id, such as `integrated_gradients`.
    pub id: String,
    /// In words, such as "Integrated gradients".
    pub title: String,
    /// What it computes, in one sentence.
    pub sentence: String,
    /// Authors and year.
    pub paper: String,
    /// The paper's address.
    pub paper_url: String,
    /// What can be set.
    pub options: Vec<OptionDescription>,
}

/// A step function, for forms and help texts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FunctionDescription {
    /// Inseq's id, such as `probability`.
    pub id: String,
    /// In words.
    pub title: String,
    /// What it says of a target, in one sentence, with its unit.
    pub sentence: String,
    /// What can be set.
    pub options: Vec<OptionDescription>,
}

/// One option of a method or function.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OptionDescription {
    /// Inseq's name, such as `n_steps`.
    pub id: String,
    /// In words, for a form's label.
    pub title: String,
    /// What it does, in one sentence.
    pub sentence: String,
    /// What it may be, and what it is when not given.
    pub domain: OptionDomain,
}

/// The values an option may take.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum OptionDomain {
    /// Yes or no.
    Flag {
        /// When not given.
        default: bool,
    },
    /// A whole number.
    Integer {
        /// When not given; `None` means chosen by the engine.
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
        default: String,
        /// All of them.
        choices: Vec<String>,
    },
    /// Free text. Where its tokens matter, a list of their ids will do as well.
    Text {
        /// When not given; `None` means that it is not used.
        default: Option<String>,
        /// A text that it could be.
        example: String,
    },
    /// Numbers, texts, lists and maps in a form of its own. Not used when not given.
    Structure {
        /// The form, in words that follow "must be".
        form: String,
        /// A value that it could be, as JSON.
        example: String,
    },
    /// Which token of a text stands against which of the output. Not used when not
    /// given: both are matched from the end.
    Alignment {
        /// Id of the option that has the text.
        text_option: String,
        /// The form, in words that follow "must be".
        form: String,
        /// A value that it could be, as JSON.
        example: String,
    },
}

/// A value given for an option.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum OptionValue {
    /// For [`OptionDomain::Flag`].
    Flag(bool),
    /// For [`OptionDomain::Integer`].
    Integer(i64),
    /// For [`OptionDomain::Number`].
    Number(f64),
    /// For [`OptionDomain::Choice`] and [`OptionDomain::Text`].
    Text(String),
    /// For [`OptionDomain::Structure`] and [`OptionDomain::Alignment`].
    List(Vec<OptionValue>),
    /// For [`OptionDomain::Structure`].
    Map(BTreeMap<String, OptionValue>),
}
