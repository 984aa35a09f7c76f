use tensor::{Tensor, Usage};

use super::config::Config;
use crate::Result;
use crate::layers::{LayerNorm, Linear};
use crate::loading::Loading;

/// All weights, under the names the checkpoint has for them.
#[derive(Debug)]
pub(super) struct Weights {
    pub(super) token_embedding: Tensor,    // [vocabulary, hidden]
    pub(super) position_embedding: Tensor, // [positions, hidden]
    pub(super) layers: Vec<Layer>,
    pub(super) final_norm: LayerNorm,
    pub(super) unembedding: Tensor, // [vocabulary, hidden]
}

#[derive(Debug)]
pub(super) struct Layer {
    pub(super) attention_norm: LayerNorm,
    pub(super) query: Linear,
    pub(super) key: Linear,
    pub(super) value: Linear,
    pub(super) attention_output: Linear,
    pub(super) feed_forward_norm: LayerNorm,
    pub(super) expand: Linear,
    pub(super) contract: Linear,
}

impl Weights {
    pub(super) async fn load(
        loading: &mut Loading<'_>,
        config: &Config,
        on_layer: &mut dyn FnMut(usize),
    ) -> Result<Self> {
        let (vocabulary, hidden) = (config.vocab_size, config.n_embd);
        let token_embedding = loading
            .tensor("wte.weight", &[vocabulary, hidden], Usage::Weight)
            .await?;
        let position_embedding = loading
            .tensor("wpe.weight", &[config.n_positions, hidden], Usage::Value)
            .await?;
        let mut layers = Vec::new();
        for index in 0..config.n_layer {
            layers.push(Layer::load(loading, config, index).await?);
            on_layer(index + 1);
        }
        let final_norm = layer_norm(loading, config, "ln_f").await?;
        let unembedding = if config.tie_word_embeddings {
            token_embedding.clone()
        } else {
            // Not a part of the transformer, so never named like one.
            loading
                .unprefixed_tensor("lm_head.weight", &[vocabulary, hidden], Usage::Weight)
                .await?
        };
        Ok(Self {
            token_embedding,
            position_embedding,
            layers,
            final_norm,
            unembedding,
        })
    }
}

impl Layer {
    async fn load(loading: &mut Loading<'_>, config: &Config, index: usize) -> Result<Self> {
        let (hidden, inner) = (config.n_embd, config.inner_size());
        let name = |part: &str| format!("h.{index}.{part}");
        let [query, key, value] = attention_inputs(loading, &name("attn.c_attn"), hidden).await?;
        Ok(Self {
            attention_norm: layer_norm(loading, config, &name("ln_1")).await?,
            query,
            key,
            value,
            attention_output: linear(loading, &name("attn.c_proj"), hidden, hidden).await?,
            feed_forward_norm: layer_norm(loading, config, &name("ln_2")).await?,
            expand: linear(loading, &name("mlp.c_fc"), hidden, inner).await?,
            contract: linear(loading, &name("mlp.c_proj"), inner, hidden).await?,
        })
    }
}

/// The checkpoint keeps queries, keys and values side by side, `[hidden, 3 hidden]`.
/// Apart, the last layer can make queries for the asked positions only.
async fn attention_inputs(
    loading: &mut Loading<'_>,
    name: &str,
    hidden: usize,
) -> Result<[Linear; 3]> {
    let weight = loading
        .values(&format!("{name}.weight"), &[hidden, 3 * hidden])
        .await?;
    let bias = loading
        .values(&format!("{name}.bias"), &[3 * hidden])
        .await?;
    let part = |number: usize| -> Result<Linear> {
        let columns = number * hidden..(number + 1) * hidden;
        let mut values = Vec::with_capacity(hidden * hidden);
        for row in weight.chunks_exact(3 * hidden) {
            values.extend_from_slice(&row[columns.clone()]);
        }
        Ok(Linear::from_in_out(
            loading.upload(values, &[hidden, hidden], Usage::Weight)?,
            loading.upload(bias[columns].to_vec(), &[hidden], Usage::Value)?,
        ))
    };
    Ok([part(0)?, part(1)?, part(2)?])
}

async fn linear(
    loading: &mut Loading<'_>,
    name: &str,
    n_in: usize,
    n_out: usize,
) -> Result<Linear> {
    Ok(Linear::from_in_out(
        loading
            .tensor(&format!("{name}.weight"), &[n_in, n_out], Usage::Weight)
            .await?,
        loading
            .tensor(&format!("{name}.bias"), &[n_out], Usage::Value)
            .await?,
    ))
}

async fn layer_norm(loading: &mut Loading<'_>, config: &Config, name: &str) -> Result<LayerNorm> {
    Ok(LayerNorm {
        weight: loading
            .tensor(&format!("{name}.weight"), &[config.n_embd], Usage::Value)
            .await?,
        bias: loading
            .tensor(&format!("{name}.bias"), &[config.n_embd], Usage::Value)
            .await?,
        epsilon: config.layer_norm_epsilon,
    })
}
