use serde::Deserialize;
use tensor::Activation;

use crate::activation::activation_named;
use crate::dropout_rates::DropoutRates;
use crate::{Error, Result, WeightsSize};

/// Computed positions are in no file whose size would limit them.
const MOST_POSITIONS: usize = 1 << 16;

/// `config.json` of a Marian, as far as it changes results.
#[derive(Debug, Deserialize)]
pub(crate) struct Config {
    pub(crate) vocab_size: usize,
    pub(crate) decoder_vocab_size: Option<usize>,
    pub(crate) d_model: usize,
    pub(crate) encoder_layers: usize,
    pub(crate) decoder_layers: usize,
    pub(crate) encoder_attention_heads: usize,
    pub(crate) decoder_attention_heads: usize,
    pub(crate) encoder_ffn_dim: usize,
    pub(crate) decoder_ffn_dim: usize,
    pub(crate) max_position_embeddings: usize,
    pub(crate) decoder_start_token_id: u32,
    #[serde(default = "default_activation")]
    activation_function: String,
    #[serde(default)]
    pub(crate) scale_embedding: bool,
    #[serde(default = "default_dropout")]
    dropout: f32,
    #[serde(default)]
    attention_dropout: f32,
    #[serde(default)]
    activation_dropout: f32,
    #[serde(default = "yes")]
    pub(crate) share_encoder_decoder_embeddings: bool,
    #[serde(default = "yes")]
    pub(crate) tie_word_embeddings: bool,
    #[serde(default = "yes")]
    static_position_embeddings: bool,
    #[serde(default)]
    normalize_before: bool,
    #[serde(default)]
    normalize_embedding: bool,
    #[serde(default)]
    add_final_layer_norm: bool,
    #[serde(default)]
    quantization_config: Option<serde_json::Value>,
}

fn default_activation() -> String {
    "gelu".to_owned()
}

fn default_dropout() -> f32 {
    0.1
}

fn yes() -> bool {
    true
}

impl Config {
    pub(crate) fn activation(&self) -> Result<Activation> {
        activation_named("activation_function", &self.activation_function)
    }

    pub(crate) fn target_vocabulary(&self) -> usize {
        self.decoder_vocab_size.unwrap_or(self.vocab_size)
    }

    /// What is dropped in training. Whole layers, which `encoder_layerdrop` is about,
    /// are always kept.
    pub(crate) fn dropout(&self) -> DropoutRates {
        DropoutRates {
            embeddings: ("dropout", self.dropout),
            attention: ("attention_dropout", self.attention_dropout),
            activation: ("activation_dropout", self.activation_dropout),
            added: ("dropout", self.dropout),
        }
    }

    pub(crate) fn weights_size(&self) -> WeightsSize {
        let (hidden, n_target) = (self.d_model, self.target_vocabulary());
        let mut size = WeightsSize::default();
        size.add(1, &[self.vocab_size, hidden]);
        if !self.share_encoder_decoder_embeddings {
            size.add(1, &[n_target, hidden]);
        }
        if !self.tie_word_embeddings {
            size.add(1, &[n_target, hidden]);
        }
        size.add(1, &[n_target]);
        size.add_computed(2, &[self.max_position_embeddings, hidden]);
        let n_before = size.n_parameters;
        // A decoder's layer has two attentions; each block ends with a norm.
        for (n_layers, n_attentions, inner) in [
            (self.encoder_layers, 1, self.encoder_ffn_dim),
            (self.decoder_layers, 2, self.decoder_ffn_dim),
        ] {
            size.add(n_layers, &[n_attentions, 4, hidden, hidden]);
            size.add(n_layers, &[n_attentions, 4, hidden]);
            size.add_linear(n_layers, hidden, inner);
            size.add_linear(n_layers, inner, hidden);
            size.add(n_layers, &[n_attentions + 1, 2, hidden]);
        }
        size.n_layers = self.encoder_layers.max(self.decoder_layers);
        let of_layers = size.n_parameters.saturating_sub(n_before);
        size.note_work(of_layers, 2, [n_target, hidden]);
        size
    }

    pub(crate) fn check(&self) -> Result<()> {
        let unsupported = [
            (
                "static_position_embeddings",
                !self.static_position_embeddings,
                "false",
            ),
            ("normalize_before", self.normalize_before, "true"),
            ("normalize_embedding", self.normalize_embedding, "true"),
            ("add_final_layer_norm", self.add_final_layer_norm, "true"),
            (
                "quantization_config",
                self.quantization_config.is_some(),
                "set",
            ),
        ];
        for (field, is_set, value) in unsupported {
            if is_set {
                return Err(Error::UnsupportedConfig {
                    field,
                    value: value.to_owned(),
                });
            }
        }
        for (field, size) in [
            ("vocab_size", self.vocab_size),
            ("decoder_vocab_size", self.target_vocabulary()),
            ("d_model", self.d_model),
            ("encoder_layers", self.encoder_layers),
            ("decoder_layers", self.decoder_layers),
            ("encoder_attention_heads", self.encoder_attention_heads),
            ("decoder_attention_heads", self.decoder_attention_heads),
            ("encoder_ffn_dim", self.encoder_ffn_dim),
            ("decoder_ffn_dim", self.decoder_ffn_dim),
            ("max_position_embeddings", self.max_position_embeddings),
        ] {
            if size == 0 {
                return Err(Error::UnsupportedConfig {
                    field,
                    value: "0".to_owned(),
                });
            }
        }
        self.dropout().check()?;
        if self.max_position_embeddings > MOST_POSITIONS {
            return Err(Error::UnsupportedConfig {
                field: "max_position_embeddings",
                value: self.max_position_embeddings.to_string(),
            });
        }
        for (field, n_heads) in [
            ("encoder_attention_heads", self.encoder_attention_heads),
            ("decoder_attention_heads", self.decoder_attention_heads),
        ] {
            if !self.d_model.is_multiple_of(n_heads) {
                return Err(Error::UnsupportedConfig {
                    field,
                    value: format!("{n_heads} with d_model {}", self.d_model),
                });
            }
        }
        Ok(())
    }
}
