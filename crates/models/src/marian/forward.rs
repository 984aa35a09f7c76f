use tensor::{Activation, BackAxis, Device, Tensor, Usage};

use super::config::Config;
use super::decoder::DecoderStep;
use super::layer_paths::layer_paths;
use super::weights::Weights;
use crate::branches::Order;
use crate::dropout_rates::DropoutRates;
use crate::layers::embedded;
use crate::loading::Loading;
use crate::positions::{all_positions, check_layer, check_positions};
use crate::{
    Cache, Checkpoint, Error, GenerationConfig, Inputs, LayerInputs, LayerPath, ModelSummary,
    Probe, Result, SequenceModel, Side, Site, Stack, Tokenizer, unembed_choices,
};

/// A Marian with its weights on a device.
pub(crate) struct Marian {
    pub(super) weights: Weights,
    pub(super) activation: Activation,
    pub(super) n_encoder_heads: usize,
    pub(super) n_decoder_heads: usize,
    summary: ModelSummary,
    tokenizer: Tokenizer,
    generation: GenerationConfig,
    dropout: DropoutRates,
}

impl Marian {
    pub(crate) async fn load(
        config: Config,
        tokenizer: Tokenizer,
        generation: GenerationConfig,
        checkpoint: Checkpoint,
        device: &Device,
        on_layer: &mut dyn FnMut(usize),
    ) -> Result<Self> {
        config.check()?;
        let activation = config.activation()?;
        let mut loading = Loading::new(checkpoint, device, "");
        let weights = Weights::load(&mut loading, &config, on_layer).await?;
        let summary = ModelSummary {
            family: "marian",
            class_name: "MarianMTModel",
            is_encoder_decoder: true,
            decoder_start_token_id: Some(config.decoder_start_token_id),
            n_parameters: loading.n_parameters(),
            n_positions: config.max_position_embeddings,
            n_layers: config.decoder_layers,
            n_heads: config.decoder_attention_heads,
            hidden_size: config.d_model,
            vocabulary_size: config.target_vocabulary(),
            embedding_scale: if config.scale_embedding {
                (config.d_model as f32).sqrt()
            } else {
                1.0
            },
        };
        Ok(Self {
            weights,
            activation,
            n_encoder_heads: config.encoder_attention_heads,
            n_decoder_heads: config.decoder_attention_heads,
            summary,
            tokenizer,
            generation,
            dropout: config.dropout(),
        })
    }

    fn source_with_positions(&self, source: &Tensor, probe: &mut dyn Probe) -> Result<Tensor> {
        let n_tokens = source.shape().length(BackAxis(1));
        self.summary.check_length_of("source text", n_tokens)?;
        let positions = self
            .weights
            .source_positions
            .pick_rows(&all_positions(n_tokens))?;
        embedded(Stack::Encoder, source, positions, probe)
    }
}

impl SequenceModel for Marian {
    fn summary(&self) -> &ModelSummary {
        &self.summary
    }

    fn tokenizer(&self) -> &Tokenizer {
        &self.tokenizer
    }

    fn generation_config(&self) -> &GenerationConfig {
        &self.generation
    }

    fn device(&self) -> &Device {
        self.weights.source_embedding.device()
    }

    fn embed(&self, side: Side, ids: &[u32]) -> Result<Tensor> {
        let rows = self.embedding_table(side).pick_rows(ids)?;
        Ok(rows.scale(self.summary.embedding_scale)?)
    }

    fn embedding_table(&self, side: Side) -> &Tensor {
        match side {
            Side::Source => &self.weights.source_embedding,
            Side::Target => &self.weights.target_embedding,
        }
    }

    fn forward(
        &self,
        inputs: &Inputs,
        positions: &[u32],
        mut cache: Option<&mut Cache>,
        probe: &mut dyn Probe,
    ) -> Result<Tensor> {
        let n_tokens = inputs.prefix.shape().length(BackAxis(1));
        let order = Order::new(cache.as_deref(), n_tokens)?;
        self.summary
            .check_length_of("output", order.n_positions())?;
        check_positions(positions, n_tokens)?;
        let is_read = cache
            .as_deref()
            .is_some_and(|cache| cache.n_positions() > 0);
        let encoded = match &inputs.source {
            _ if is_read => None,
            Some(source) => {
                let embedded = self.source_with_positions(source, probe)?;
                Some(self.encode(embedded, probe)?)
            }
            None => return Err(Error::MissingSource { family: "marian" }),
        };

        let mask = order.mask(self.device(), &all_positions(n_tokens))?;
        let last_mask = order.mask(self.device(), positions)?;
        let position_ids = order.position_ids();
        let positions_there = self.weights.target_positions.pick_rows(&position_ids)?;
        let mut hidden = embedded(Stack::Decoder, &inputs.prefix, positions_there, probe)?;
        let last = self.weights.decoder.len() - 1;
        for number in 0..=last {
            let step = DecoderStep {
                number,
                rows: (number == last).then_some(positions),
                mask: if number == last { &last_mask } else { &mask },
                encoded: encoded.as_ref(),
                cache: cache.as_deref_mut().map(|cache| cache.layer(number)),
            };
            hidden = self.decoder_layer(&hidden, step, probe)?;
        }
        if let Some(cache) = cache {
            cache.has_read(n_tokens);
        }
        Ok(hidden)
    }

    fn layer(&self, inputs: &LayerInputs<'_>, probe: &mut dyn Probe) -> Result<Tensor> {
        let n_tokens = inputs.hidden.shape().length(BackAxis(1));
        check_positions(inputs.rows, n_tokens)?;
        if inputs.stack == Stack::Encoder {
            check_layer(inputs.number, self.weights.encoder.len())?;
            let rows = Some(inputs.rows);
            return self.encoder_layer(inputs.number, inputs.hidden, rows, probe);
        }
        check_layer(inputs.number, self.weights.decoder.len())?;
        if inputs.encoded.is_none() {
            return Err(Error::MissingSource { family: "marian" });
        }
        let order = Order::new(None, n_tokens)?;
        let step = DecoderStep {
            number: inputs.number,
            rows: Some(inputs.rows),
            mask: &order.mask(self.device(), inputs.rows)?,
            encoded: inputs.encoded,
            cache: None,
        };
        self.decoder_layer(inputs.hidden, step, probe)
    }

    fn dropout_rate(&self, site: Site) -> f32 {
        self.dropout.at(site)
    }

    fn layer_paths(&self) -> Vec<LayerPath> {
        layer_paths(self.weights.encoder.len(), self.weights.decoder.len())
    }

    fn unembed(&self, hidden: &Tensor) -> Result<Tensor> {
        Ok(hidden
            .matmul_transposed(&self.weights.unembedding)?
            .add(&self.weights.logits_bias_tensor)?)
    }

    fn unembed_choices(&self, hidden: &Tensor, ids: &[u32]) -> Result<Tensor> {
        let logits = unembed_choices(hidden, &self.weights.unembedding, ids)?;
        let bias = ids
            .iter()
            .map(|id| self.weights.logits_bias[*id as usize])
            .collect();
        let bias = Tensor::upload(self.device(), bias, [ids.len()], Usage::Value)?;
        Ok(logits.add(&bias)?)
    }
}
