use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Error, Result};

/// How text is generated, under Hugging Face's names: a model's
/// `generation_config.json`, the same fields of an older `config.json`, or what a
/// caller wants otherwise.
///
/// An absent field is as the model says; if the model does not say, as noted with
/// each.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct GenerationConfig {
    /// Most tokens to add. Goes before `max_length`; without both, 20.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_new_tokens: Option<usize>,
    /// Longest text in tokens, prompt or decoder start included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_length: Option<usize>,
    /// Fewest tokens to add before the text may end; 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_new_tokens: Option<usize>,
    /// Shortest text in tokens, prompt or decoder start included; 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_length: Option<usize>,
    /// How many texts are kept while searching for the most likely; 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub num_beams: Option<usize>,
    /// Beam search: scores are divided by the length to this power; 1. Above 0,
    /// longer texts are preferred.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub length_penalty: Option<f32>,
    /// When beam search ends; `false`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub early_stopping: Option<EarlyStopping>,
    /// Draw each token by its probability instead of taking the likeliest; `false`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub do_sample: Option<bool>,
    /// Sampling: logits are divided by it; 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f32>,
    /// Sampling: only so many likeliest tokens; 50, and 0 for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_k: Option<usize>,
    /// Sampling: only the likeliest tokens that together have this probability; 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_p: Option<f32>,
    /// Sampling: the same seed draws the same text; 0. Ours, not Hugging Face's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Above 1, tokens that are already there become less likely; 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repetition_penalty: Option<f32>,
    /// No sequence of so many tokens occurs twice; 0 for any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_repeat_ngram_size: Option<usize>,
    /// Token sequences that must not be written; none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bad_words_ids: Option<Vec<Vec<u32>>>,
    /// Written after a decoder start; none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forced_bos_token_id: Option<u32>,
    /// Written at the last position that the length limits allow; none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forced_eos_token_id: Option<OneOrMany>,
    /// Make probabilities of the scores again after all rules; `false`. Changes the
    /// scores of beams.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub renormalize_logits: Option<bool>,
    /// Ends a text; nothing does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eos_token_id: Option<OneOrMany>,
    /// Fields that we do not know, or do not do; [`check`](Self::check) refuses those
    /// that would change something.
    #[serde(flatten, skip_serializing)]
    pub others: BTreeMap<String, Value>,
}

/// When beam search ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "Value", into = "Value")]
pub enum EarlyStopping {
    /// `true`: when there are as many finished texts as beams.
    WhenFull,
    /// `false`: when no unfinished text seems able to beat the worst finished one.
    #[default]
    WhenUnlikely,
    /// `"never"`: when no unfinished text can.
    WhenImpossible,
}

/// One token, or any of several.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(untagged)]
pub enum OneOrMany {
    /// One.
    One(u32),
    /// Several.
    Many(Vec<u32>),
}

impl OneOrMany {
    /// All of them.
    pub fn ids(&self) -> &[u32] {
        match self {
            OneOrMany::One(id) => std::slice::from_ref(id),
            OneOrMany::Many(ids) => ids,
        }
    }
}

impl TryFrom<Value> for EarlyStopping {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        match value {
            Value::Bool(true) => Ok(EarlyStopping::WhenFull),
            Value::Bool(false) => Ok(EarlyStopping::WhenUnlikely),
            Value::String(word) if word == "never" => Ok(EarlyStopping::WhenImpossible),
            other => Err(format!(
                "early_stopping must be true, false or \"never\", found {other}"
            )),
        }
    }
}

impl From<EarlyStopping> for Value {
    fn from(stopping: EarlyStopping) -> Self {
        match stopping {
            EarlyStopping::WhenFull => Value::Bool(true),
            EarlyStopping::WhenUnlikely => Value::Bool(false),
            EarlyStopping::WhenImpossible => Value::String("never".to_owned()),
        }
    }
}

/// Fields of Hugging Face that change what is generated and that we do not do, with
/// the number at which they change nothing. Nothing, `false` and an empty list change
/// nothing either.
const UNSUPPORTED: [(&str, f64); 23] = [
    ("assistant_early_exit", 0.0),
    ("begin_suppress_tokens", 0.0),
    ("constraints", 0.0),
    ("diversity_penalty", 0.0),
    ("dola_layers", 0.0),
    ("encoder_no_repeat_ngram_size", 0.0),
    ("encoder_repetition_penalty", 1.0),
    ("epsilon_cutoff", 0.0),
    ("eta_cutoff", 0.0),
    ("exponential_decay_length_penalty", 0.0),
    ("force_words_ids", 0.0),
    ("forced_decoder_ids", 0.0),
    ("guidance_scale", 1.0),
    ("min_p", 0.0),
    ("num_beam_groups", 1.0),
    ("num_return_sequences", 1.0),
    ("penalty_alpha", 0.0),
    ("sequence_bias", 0.0),
    ("stop_strings", 0.0),
    ("suppress_tokens", 0.0),
    ("token_healing", 0.0),
    ("typical_p", 1.0),
    ("watermarking_config", 0.0),
];

impl GenerationConfig {
    /// This with the fields that `changes` sets. A length limit that is set stands for
    /// both kinds of limits.
    #[must_use]
    pub fn changed_by(&self, changes: &Self) -> Self {
        let limits = match (changes.max_new_tokens, changes.max_length) {
            (None, None) => self,
            _ => changes,
        };
        Self {
            max_new_tokens: limits.max_new_tokens,
            max_length: limits.max_length,
            min_new_tokens: changes.min_new_tokens.or(self.min_new_tokens),
            min_length: changes.min_length.or(self.min_length),
            num_beams: changes.num_beams.or(self.num_beams),
            length_penalty: changes.length_penalty.or(self.length_penalty),
            early_stopping: changes.early_stopping.or(self.early_stopping),
            do_sample: changes.do_sample.or(self.do_sample),
            temperature: changes.temperature.or(self.temperature),
            top_k: changes.top_k.or(self.top_k),
            top_p: changes.top_p.or(self.top_p),
            seed: changes.seed.or(self.seed),
            repetition_penalty: changes.repetition_penalty.or(self.repetition_penalty),
            no_repeat_ngram_size: changes.no_repeat_ngram_size.or(self.no_repeat_ngram_size),
            bad_words_ids: changes
                .bad_words_ids
                .as_ref()
                .or(self.bad_words_ids.as_ref())
                .cloned(),
            forced_bos_token_id: changes.forced_bos_token_id.or(self.forced_bos_token_id),
            forced_eos_token_id: changes
                .forced_eos_token_id
                .as_ref()
                .or(self.forced_eos_token_id.as_ref())
                .cloned(),
            renormalize_logits: changes.renormalize_logits.or(self.renormalize_logits),
            eos_token_id: changes
                .eos_token_id
                .as_ref()
                .or(self.eos_token_id.as_ref())
                .cloned(),
            others: self
                .others
                .iter()
                .chain(&changes.others)
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
        }
    }

    /// The tokens that end a text.
    pub fn eos_token_ids(&self) -> &[u32] {
        self.eos_token_id.as_ref().map_or(&[], OneOrMany::ids)
    }

    /// Refuses what we do not do, and values that mean nothing.
    ///
    /// # Errors
    /// Names the field.
    pub fn check(&self) -> Result<()> {
        for (field, neutral) in UNSUPPORTED {
            let changes_something = match self.others.get(field) {
                None | Some(Value::Null | Value::Bool(false)) => false,
                Some(Value::Array(values)) => !values.is_empty(),
                Some(Value::Number(value)) => value.as_f64() != Some(neutral),
                Some(_) => true,
            };
            if changes_something {
                return Err(Error::UnsupportedGeneration {
                    field,
                    value: self.others[field].to_string(),
                });
            }
        }
        let in_range = |field, value: Option<f32>, expected, is_good: fn(f32) -> bool| match value {
            Some(value) if !is_good(value) => Err(setting(field, expected, value)),
            _ => Ok(()),
        };
        let is_positive = |value: f32| value > 0.0 && value.is_finite();
        in_range("temperature", self.temperature, "above 0", is_positive)?;
        in_range(
            "repetition_penalty",
            self.repetition_penalty,
            "above 0",
            is_positive,
        )?;
        in_range("top_p", self.top_p, "above 0, up to 1", |p| {
            p > 0.0 && p <= 1.0
        })?;
        in_range(
            "length_penalty",
            self.length_penalty,
            "a finite number",
            f32::is_finite,
        )?;
        for (field, count) in [
            ("max_new_tokens", self.max_new_tokens),
            ("max_length", self.max_length),
            ("num_beams", self.num_beams),
        ] {
            if count == Some(0) {
                return Err(setting(field, "at least 1", 0));
            }
        }
        match self.num_beams {
            Some(n_beams) if n_beams > MOST_BEAMS => {
                Err(setting("num_beams", "at most 64", n_beams))
            }
            _ => Ok(()),
        }
    }

    /// Refuses tokens that a vocabulary does not have.
    pub(crate) fn check_tokens(&self, vocabulary_size: usize) -> Result<()> {
        let bad_words = self.bad_words_ids.iter().flatten().flatten();
        let forced_last = self.forced_eos_token_id.iter().flat_map(OneOrMany::ids);
        let all = bad_words
            .map(|id| ("bad_words_ids", id))
            .chain(
                self.forced_bos_token_id
                    .iter()
                    .map(|id| ("forced_bos_token_id", id)),
            )
            .chain(forced_last.map(|id| ("forced_eos_token_id", id)));
        for (field, id) in all {
            if *id as usize >= vocabulary_size {
                return Err(setting(field, "tokens of the vocabulary", *id));
            }
        }
        Ok(())
    }
}

/// More would not fit one pass of the models we have.
const MOST_BEAMS: usize = 64;

fn setting(field: &'static str, expected: &'static str, found: impl ToString) -> Error {
    Error::GenerationSetting {
        field,
        expected,
        found: found.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(json: &str) -> GenerationConfig {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn changes_go_before_what_the_model_says() {
        let own = config(r#"{"num_beams": 6, "max_new_tokens": 9, "bad_words_ids": [[3]]}"#);
        let merged = own.changed_by(&config(r#"{"num_beams": 1, "max_length": 20}"#));
        assert_eq!(merged.num_beams, Some(1));
        assert_eq!((merged.max_new_tokens, merged.max_length), (None, Some(20)));
        assert_eq!(merged.bad_words_ids, own.bad_words_ids);
    }

    #[test]
    fn what_we_do_not_do_is_named() {
        let error = config(r#"{"typical_p": 0.5}"#).check().unwrap_err();
        assert_eq!(
            error.to_string(),
            "generation setting typical_p is 0.5, which is not supported"
        );
        let harmless = r#"{"typical_p": 1.0, "suppress_tokens": [], "guidance_scale": null}"#;
        assert!(config(harmless).check().is_ok());
    }

    #[test]
    fn values_without_a_meaning_are_refused() {
        for json in [
            r#"{"temperature": 0}"#,
            r#"{"top_p": 1.5}"#,
            r#"{"num_beams": 0}"#,
            r#"{"num_beams": 1000}"#,
            r#"{"repetition_penalty": -1}"#,
        ] {
            assert!(config(json).check().is_err(), "{json}");
        }
        assert!(serde_json::from_str::<GenerationConfig>(r#"{"early_stopping": "soon"}"#).is_err());
    }

    #[test]
    fn tokens_outside_of_the_vocabulary_are_refused() {
        let bad = config(r#"{"bad_words_ids": [[1, 7]]}"#);
        assert!(bad.check_tokens(8).is_ok());
        assert!(bad.check_tokens(7).is_err());
    }
}
