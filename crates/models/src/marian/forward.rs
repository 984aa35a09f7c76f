use tensor::{Activation, BackAxis, Device, Tensor, Usage};

use super::config::Config;
use super::decoder::DecoderStep;
use super::layer_paths::layer_paths;
use super::weights::Weights;
use crate::dropout_rates::DropoutRates;
use crate::layers::{CausalMask, embedded};
use crate::loading::Loading;
use crate::positions::{check_layer, check_positions, position_ids};
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
            .pick_rows(&position_ids(0, n_tokens))?;
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
        let n_past = cache.as_deref().map_or(0, Cache::n_positions);
        self.summary.check_length_of("output", n_past + n_tokens)?;
        check_positions(positions, n_tokens)?;
        let encoded = match &inputs.source {
            _ if n_past > 0 => None,
            Some(source) => {
                let embedded = self.source_with_positions(source, probe)?;
                Some(self.encode(embedded, probe)?)
            }
            None => return Err(Error::MissingSource { family: "marian" }),
        };

        let all: Vec<usize> = (n_past..n_past + n_tokens).collect();
        let asked: Vec<usize> = positions.iter().map(|row| n_past + *row as usize).collect();
        let mask = CausalMask::new(self.device(), &all, n_past + n_tokens)?;
        let last_mask = CausalMask::new(self.device(), &asked, n_past + n_tokens)?;
        let position_ids = position_ids(n_past, n_tokens);
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
            cache.n_positions += n_tokens;
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
        let rows: Vec<usize> = inputs.rows.iter().map(|row| *row as usize).collect();
        let step = DecoderStep {
            number: inputs.number,
            rows: Some(inputs.rows),
            mask: &CausalMask::new(self.device(), &rows, n_tokens)?,
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
