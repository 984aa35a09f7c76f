use serde::Deserialize;
use tensor::Activation;

use crate::activation::activation_named;
use crate::dropout_rates::DropoutRates;
use crate::{Error, Result, WeightsSize};

/// `config.json` of a GPT-2, as far as it changes results.
#[derive(Debug, Deserialize)]
pub(crate) struct Config {
    pub(crate) vocab_size: usize,
    pub(crate) n_positions: usize,
    pub(crate) n_embd: usize,
    pub(crate) n_layer: usize,
    pub(crate) n_head: usize,
    pub(crate) n_inner: Option<usize>,
    #[serde(default = "default_activation")]
    activation_function: String,
    #[serde(default = "default_epsilon")]
    pub(crate) layer_norm_epsilon: f32,
    #[serde(default = "default_dropout")]
    embd_pdrop: f32,
    #[serde(default = "default_dropout")]
    attn_pdrop: f32,
    #[serde(default = "default_dropout")]
    resid_pdrop: f32,
    #[serde(default = "yes")]
    pub(crate) tie_word_embeddings: bool,
    #[serde(default = "yes")]
    scale_attn_weights: bool,
    #[serde(default)]
    scale_attn_by_inverse_layer_idx: bool,
    #[serde(default)]
    add_cross_attention: bool,
    #[serde(default)]
    quantization_config: Option<serde_json::Value>,
}

fn default_activation() -> String {
    "gelu_new".to_owned()
}

fn default_dropout() -> f32 {
    0.1
}

fn default_epsilon() -> f32 {
    1e-5
}

fn yes() -> bool {
    true
}

impl Config {
    pub(crate) fn activation(&self) -> Result<Activation> {
        activation_named("activation_function", &self.activation_function)
    }

    pub(crate) fn check(&self) -> Result<()> {
        let unsupported = [
            ("scale_attn_weights", !self.scale_attn_weights, "false"),
            (
                "scale_attn_by_inverse_layer_idx",
                self.scale_attn_by_inverse_layer_idx,
                "true",
            ),
            ("add_cross_attention", self.add_cross_attention, "true"),
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
            ("n_positions", self.n_positions),
            ("n_embd", self.n_embd),
            ("n_layer", self.n_layer),
            ("n_head", self.n_head),
            ("n_inner", self.n_inner.unwrap_or(1)),
        ] {
            if size == 0 {
                return Err(Error::UnsupportedConfig {
                    field,
                    value: "0".to_owned(),
                });
            }
        }
        self.dropout().check()?;
        if !self.n_embd.is_multiple_of(self.n_head) {
            return Err(Error::UnsupportedConfig {
                field: "n_head",
                value: format!("{} with n_embd {}", self.n_head, self.n_embd),
            });
        }
        Ok(())
    }

    /// What is dropped in training. Dropouts of a layer's parts share their rate.
    pub(crate) fn dropout(&self) -> DropoutRates {
        DropoutRates {
            embeddings: ("embd_pdrop", self.embd_pdrop),
            attention: ("attn_pdrop", self.attn_pdrop),
            activation: ("none", 0.0),
            added: ("resid_pdrop", self.resid_pdrop),
        }
    }

    pub(crate) fn weights_size(&self) -> WeightsSize {
        let (hidden, inner, n_layers) = (self.n_embd, self.inner_size(), self.n_layer);
        let n_embeddings = if self.tie_word_embeddings { 1 } else { 2 };
        let mut size = WeightsSize::default();
        size.add(n_embeddings, &[self.vocab_size, hidden]);
        size.add(1, &[self.n_positions, hidden]);
        let n_before = size.n_parameters;
        // Queries, keys, values, and what attention gives.
        size.add(n_layers, &[4, hidden, hidden]);
        size.add(n_layers, &[4, hidden]);
        size.add_linear(n_layers, hidden, inner);
        size.add_linear(n_layers, inner, hidden);
        // Two norms a layer and one at the end, each with weight and bias.
        size.add(n_layers, &[4, hidden]);
        size.add(2, &[hidden]);
        size.n_layers = n_layers;
        let of_layers = size.n_parameters.saturating_sub(n_before);
        size.note_work(of_layers, 1, [self.vocab_size, hidden]);
        size
    }

    /// Width of the feed-forward blocks.
    pub(crate) fn inner_size(&self) -> usize {
        self.n_inner.unwrap_or(self.n_embd.saturating_mul(4))
    }
}
