use tensor::{Tensor, Usage};

use super::config::Config;
use super::sinusoids::sinusoids;
use crate::Result;
use crate::layers::{LayerNorm, Linear};
use crate::loading::Loading;

/// All weights, under the names the checkpoint has for them.
#[derive(Debug)]
pub(super) struct Weights {
    pub(super) source_embedding: Tensor, // [source vocabulary, hidden]
    pub(super) target_embedding: Tensor, // [target vocabulary, hidden]
    pub(super) source_positions: Tensor, // [positions, hidden]
    pub(super) target_positions: Tensor, // [positions, hidden]
    pub(super) encoder: Vec<EncoderLayer>,
    pub(super) decoder: Vec<DecoderLayer>,
    pub(super) unembedding: Tensor,   // [target vocabulary, hidden]
    pub(super) logits_bias: Vec<f32>, // [target vocabulary]
    pub(super) logits_bias_tensor: Tensor, // [target vocabulary]
}

#[derive(Debug)]
pub(super) struct Attention {
    pub(super) query: Linear,
    pub(super) key: Linear,
    pub(super) value: Linear,
    pub(super) output: Linear,
    pub(super) norm: LayerNorm,
}

#[derive(Debug)]
pub(super) struct FeedForward {
    pub(super) expand: Linear,
    pub(super) contract: Linear,
    pub(super) norm: LayerNorm,
}

#[derive(Debug)]
pub(super) struct EncoderLayer {
    pub(super) attention: Attention,
    pub(super) feed_forward: FeedForward,
}

#[derive(Debug)]
pub(super) struct DecoderLayer {
    pub(super) attention: Attention,
    pub(super) cross_attention: Attention,
    pub(super) feed_forward: FeedForward,
}

impl Weights {
    pub(super) async fn load(
        loading: &mut Loading<'_>,
        config: &Config,
        on_layer: &mut dyn FnMut(usize),
    ) -> Result<Self> {
        let hidden = config.d_model;
        let n_target = config.target_vocabulary();
        let (source_embedding, target_embedding) = load_embeddings(loading, config).await?;
        let source_positions = load_positions(loading, config, "model.encoder").await?;
        let target_positions = load_positions(loading, config, "model.decoder").await?;
        let mut encoder = Vec::new();
        for index in 0..config.encoder_layers {
            encoder.push(EncoderLayer::load(loading, config, index).await?);
            on_layer(index + 1);
        }
        let mut decoder = Vec::new();
        for index in 0..config.decoder_layers {
            decoder.push(DecoderLayer::load(loading, config, index).await?);
            on_layer(config.encoder_layers + index + 1);
        }
        let unembedding = if config.tie_word_embeddings {
            target_embedding.clone()
        } else {
            loading
                .tensor("lm_head.weight", &[n_target, hidden], Usage::Weight)
                .await?
        };
        let logits_bias = loading.values("final_logits_bias", &[1, n_target]).await?;
        let logits_bias_tensor = loading.upload(logits_bias.clone(), &[n_target], Usage::Value)?;
        Ok(Self {
            source_embedding,
            target_embedding,
            source_positions,
            target_positions,
            encoder,
            decoder,
            unembedding,
            logits_bias,
            logits_bias_tensor,
        })
    }
}

/// The source's and the target's table; the same one if they are shared.
async fn load_embeddings(loading: &mut Loading<'_>, config: &Config) -> Result<(Tensor, Tensor)> {
    let hidden = config.d_model;
    if config.share_encoder_decoder_embeddings {
        let shape = [config.vocab_size, hidden];
        let name = ["model.shared.weight", "model.encoder.embed_tokens.weight"]
            .into_iter()
            .find(|name| loading.contains(name))
            .unwrap_or("model.shared.weight");
        let shared = loading.tensor(name, &shape, Usage::Weight).await?;
        return Ok((shared.clone(), shared));
    }
    Ok((
        loading
            .tensor(
                "model.encoder.embed_tokens.weight",
                &[config.vocab_size, hidden],
                Usage::Weight,
            )
            .await?,
        loading
            .tensor(
                "model.decoder.embed_tokens.weight",
                &[config.target_vocabulary(), hidden],
                Usage::Weight,
            )
            .await?,
    ))
}

/// Stored positions if the checkpoint has them, else computed ones.
async fn load_positions(loading: &mut Loading<'_>, config: &Config, stack: &str) -> Result<Tensor> {
    let shape = [config.max_position_embeddings, config.d_model];
    let name = format!("{stack}.embed_positions.weight");
    if loading.contains(&name) {
        loading.tensor(&name, &shape, Usage::Value).await
    } else {
        loading.upload(sinusoids(shape[0], shape[1]), &shape, Usage::Value)
    }
}

impl EncoderLayer {
    async fn load(loading: &mut Loading<'_>, config: &Config, index: usize) -> Result<Self> {
        let name = format!("model.encoder.layers.{index}");
        Ok(Self {
            attention: Attention::load(loading, config.d_model, &name, "self_attn").await?,
            feed_forward: FeedForward::load(loading, config.d_model, config.encoder_ffn_dim, &name)
                .await?,
        })
    }
}

impl DecoderLayer {
    async fn load(loading: &mut Loading<'_>, config: &Config, index: usize) -> Result<Self> {
        let name = format!("model.decoder.layers.{index}");
        Ok(Self {
            attention: Attention::load(loading, config.d_model, &name, "self_attn").await?,
            cross_attention: Attention::load(loading, config.d_model, &name, "encoder_attn")
                .await?,
            feed_forward: FeedForward::load(loading, config.d_model, config.decoder_ffn_dim, &name)
                .await?,
        })
    }
}

impl Attention {
    async fn load(
        loading: &mut Loading<'_>,
        hidden: usize,
        layer: &str,
        part: &str,
    ) -> Result<Self> {
        let name = |projection: &str| format!("{layer}.{part}.{projection}");
        Ok(Self {
            query: linear(loading, &name("q_proj"), hidden, hidden).await?,
            key: linear(loading, &name("k_proj"), hidden, hidden).await?,
            value: linear(loading, &name("v_proj"), hidden, hidden).await?,
            output: linear(loading, &name("out_proj"), hidden, hidden).await?,
            norm: layer_norm(loading, hidden, &format!("{layer}.{part}_layer_norm")).await?,
        })
    }
}

impl FeedForward {
    async fn load(
        loading: &mut Loading<'_>,
        hidden: usize,
        inner: usize,
        layer: &str,
    ) -> Result<Self> {
        Ok(Self {
            expand: linear(loading, &format!("{layer}.fc1"), hidden, inner).await?,
            contract: linear(loading, &format!("{layer}.fc2"), inner, hidden).await?,
            norm: layer_norm(loading, hidden, &format!("{layer}.final_layer_norm")).await?,
        })
    }
}

async fn linear(
    loading: &mut Loading<'_>,
    name: &str,
    n_in: usize,
    n_out: usize,
) -> Result<Linear> {
    Ok(Linear::from_out_in(
        loading
            .tensor(&format!("{name}.weight"), &[n_out, n_in], Usage::Weight)
            .await?,
        loading
            .tensor(&format!("{name}.bias"), &[n_out], Usage::Value)
            .await?,
    ))
}

async fn layer_norm(loading: &mut Loading<'_>, hidden: usize, name: &str) -> Result<LayerNorm> {
    Ok(LayerNorm {
        weight: loading
            .tensor(&format!("{name}.weight"), &[hidden], Usage::Value)
            .await?,
        bias: loading
            .tensor(&format!("{name}.bias"), &[hidden], Usage::Value)
            .await?,
        // Not in the configuration: PyTorch's default.
        epsilon: 1e-5,
    })
}
