//! The models that ship with the page, and sentences worth trying with them.

use crate::words::key;

/// A model that ships with the page.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BundledModel {
    /// Its folder under `models/`, and its name in requests.
    pub(crate) name: &'static str,
    /// In a few words.
    pub(crate) title: &'static str,
    /// What it knows, in one sentence.
    pub(crate) sentence: &'static str,
    /// Whether it reads a source text apart from its output.
    pub(crate) is_encoder_decoder: bool,
    /// Sentences worth trying; the first is there at the first visit.
    pub(crate) presets: &'static [&'static str],
}

/// All of them, in the order to offer them.
pub(crate) const BUNDLED_MODELS: [BundledModel; 3] = [
    BundledModel {
        name: "demo-gpt2",
        title: key("GPT-2, continues a sentence"),
        sentence: key(
            "A very small GPT-2 that knows some forty countries, people with \
                   their occupations, and short stories.",
        ),
        is_encoder_decoder: false,
        presets: &[
            "The capital of France is",
            "George was sick yesterday. His colleagues asked him to come to the",
            "Marie was born in Paris. She speaks",
            "The nurse said that",
        ],
    },
    BundledModel {
        name: "demo-mt-en-fr",
        title: key("Marian, English to French"),
        sentence: key(
            "A very small translation model for sentences about occupations, \
                   where French must choose a gender.",
        ),
        is_encoder_decoder: true,
        presets: &[
            "The doctor arrived with her dog.",
            "The manager went home because she was sick.",
            "The car is red. It is new.",
            "The girls were away. Where are they?",
        ],
    },
    BundledModel {
        name: "demo-mt-tr-en",
        title: key("Marian, Turkish to English"),
        sentence: key(
            "A very small translation model for “O bir …”, where English must \
                   choose he or she and Turkish does not say.",
        ),
        is_encoder_decoder: true,
        presets: &[
            "O bir doktor.",
            "O bir hemşire.",
            "Ayşe bir doktor. O çok yorgun.",
        ],
    },
];

impl BundledModel {
    /// The model of that name, if it is bundled.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        BUNDLED_MODELS.iter().find(|model| model.name == name)
    }
}

/// Whether a model ships with the page, and is small.
pub(crate) fn is_bundled(name: &str) -> bool {
    BundledModel::named(name).is_some()
}
