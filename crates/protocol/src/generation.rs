use serde::{Deserialize, Serialize};

/// How an output is generated, under Hugging Face's names. What is absent is as the
/// model's own generation config says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GenerationSettings {
    /// Most tokens to add.
    pub max_new_tokens: Option<usize>,
    /// Longest text in tokens, prompt or decoder start included.
    pub max_length: Option<usize>,
    /// Fewest tokens to add before the text may end.
    pub min_new_tokens: Option<usize>,
    /// Shortest text in tokens, prompt or decoder start included.
    pub min_length: Option<usize>,
    /// How many texts are kept while searching for the most likely; 1 for greedy.
    pub num_beams: Option<usize>,
    /// Beam search: scores are divided by the length to this power.
    pub length_penalty: Option<f32>,
    /// When beam search ends.
    pub early_stopping: Option<EarlyStopping>,
    /// Draw each token by its probability instead of taking the likeliest.
    pub do_sample: Option<bool>,
    /// Sampling: logits are divided by it.
    pub temperature: Option<f32>,
    /// Sampling: only so many likeliest tokens; 0 for all.
    pub top_k: Option<usize>,
    /// Sampling: only the likeliest tokens that together have this probability.
    pub top_p: Option<f32>,
    /// Sampling: the same seed draws the same text. Ours, not Hugging Face's.
    pub seed: Option<u32>,
    /// Above 1, tokens that are already there become less likely.
    pub repetition_penalty: Option<f32>,
    /// No sequence of so many tokens occurs twice; 0 for any.
    pub no_repeat_ngram_size: Option<usize>,
    /// Token sequences that must not be written.
    pub bad_words_ids: Option<Vec<Vec<u32>>>,
    /// Written right after a decoder start.
    pub forced_bos_token_id: Option<u32>,
    /// Written at the last position that the length limits allow.
    pub forced_eos_token_id: Option<TokenIds>,
    /// Make probabilities of the scores again after all rules.
    pub renormalize_logits: Option<bool>,
    /// Ends a text.
    pub eos_token_id: Option<TokenIds>,
}

/// When beam search ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum EarlyStopping {
    /// `true`: when there are as many finished texts as beams; `false`: when no other
    /// seems able to beat them.
    Flag(bool),
    /// `"never"`: when no other can.
    Word(String),
}

/// One token, or any of several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum TokenIds {
    /// One.
    One(u32),
    /// Several.
    Many(Vec<u32>),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_name_is_refused_with_the_known_ones() {
        let error = serde_json::from_str::<GenerationSettings>(r#"{"beams": 3}"#).unwrap_err();
        let message = error.to_string();
        assert!(message.contains("unknown field `beams`"), "{message}");
        assert!(message.contains("`num_beams`"), "{message}");
    }

    #[test]
    fn what_hugging_face_writes_is_read() {
        let json =
            r#"{"early_stopping": "never", "forced_eos_token_id": 0, "eos_token_id": [0, 2]}"#;
        let settings: GenerationSettings = serde_json::from_str(json).unwrap();
        assert_eq!(
            settings.early_stopping,
            Some(EarlyStopping::Word("never".to_owned()))
        );
        assert_eq!(settings.forced_eos_token_id, Some(TokenIds::One(0)));
        assert_eq!(settings.eos_token_id, Some(TokenIds::Many(vec![0, 2])));
    }
}
