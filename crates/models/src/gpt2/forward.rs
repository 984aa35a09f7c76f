use tensor::{Activation, BackAxis, Device, Tensor};

use super::config::Config;
use super::layer_paths::layer_paths;
use super::weights::{Layer, Weights};
use crate::branches::Order;
use crate::dropout_rates::DropoutRates;
use crate::layers::{CausalMask, attend, embedded, split_heads};
use crate::loading::Loading;
use crate::positions::{all_positions, check_layer, check_positions, pick_positions};
use crate::sequence_model::KeysAndValues;
use crate::{
    Cache, Checkpoint, Error, GenerationConfig, Inputs, LayerInputs, LayerPath, ModelSummary,
    Place, Probe, Result, SequenceModel, Side, Site, Stack, Tokenizer, unembed_choices,
};

/// A GPT-2 with its weights on a device.
pub(crate) struct Gpt2 {
    weights: Weights,
    activation: Activation,
    summary: ModelSummary,
    tokenizer: Tokenizer,
    generation: GenerationConfig,
    dropout: DropoutRates,
}

impl Gpt2 {
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
        // Checkpoints saved from the bare model have no `transformer.` in their names.
        let prefix = if checkpoint.contains("transformer.wte.weight") {
            "transformer."
        } else {
            ""
        };
        let mut loading = Loading::new(checkpoint, device, prefix);
        let weights = Weights::load(&mut loading, &config, on_layer).await?;
        let summary = ModelSummary {
            family: "gpt2",
            class_name: "GPT2LMHeadModel",
            is_encoder_decoder: false,
            decoder_start_token_id: None,
            n_parameters: loading.n_parameters(),
            n_positions: config.n_positions,
            n_layers: config.n_layer,
            n_heads: config.n_head,
            hidden_size: config.n_embd,
            vocabulary_size: config.vocab_size,
            embedding_scale: 1.0,
        };
        Ok(Self {
            weights,
            activation,
            summary,
            tokenizer,
            generation,
            dropout: config.dropout(),
        })
    }

    /// One block: `hidden` for all tokens in, for `rows` out.
    fn block(
        &self,
        number: usize,
        hidden: &Tensor,
        rows: Option<&[u32]>,
        mask: &CausalMask,
        cache: Option<&mut Cache>,
        probe: &mut dyn Probe,
    ) -> Result<Tensor> {
        let layer: &Layer = &self.weights.layers[number];
        let n_heads = self.summary.n_heads;
        let site = |place| Site {
            stack: Stack::Decoder,
            place,
        };

        let normalized = layer.attention_norm.apply(hidden)?;
        let normalized = probe.visit(site(Place::AttentionNorm(number)), normalized)?;
        let keys = probe.visit(site(Place::Keys(number)), layer.key.apply(&normalized)?)?;
        let keys = split_heads(&keys, n_heads)?;
        let values = layer.value.apply(&normalized)?;
        let values = probe.visit(site(Place::JoinedValues(number)), values)?;
        let values = split_heads(&values, n_heads)?;
        let values = probe.visit(site(Place::Values(number)), values)?;
        let mut looked_up = KeysAndValues { keys, values };
        if let Some(cache) = cache {
            looked_up = looked_up.remembered(&mut cache.layer(number).own)?;
        }

        let hidden = pick_positions(hidden, rows)?;
        let queries = layer.query.apply(&pick_positions(&normalized, rows)?)?;
        let queries = probe.visit(site(Place::Queries(number)), queries)?;
        let attended = attend(
            &split_heads(&queries, n_heads)?,
            &looked_up,
            mask,
            site(Place::AttentionWeights(number)),
            probe,
        )?;
        let attended = probe.visit(site(Place::WeighedValues(number)), attended)?;
        let attended = layer.attention_output.apply(&attended)?;
        let attended = probe.visit(site(Place::AttentionOutput(number)), attended)?;
        let hidden = probe.visit(site(Place::AttentionSum(number)), hidden.add(&attended)?)?;
        self.feed_forward(number, &hidden, probe)
    }

    /// The second half of a block.
    fn feed_forward(
        &self,
        number: usize,
        hidden: &Tensor,
        probe: &mut dyn Probe,
    ) -> Result<Tensor> {
        let layer: &Layer = &self.weights.layers[number];
        let site = |place| Site {
            stack: Stack::Decoder,
            place,
        };
        let normalized = layer.feed_forward_norm.apply(hidden)?;
        let normalized = probe.visit(site(Place::FeedForwardNorm(number)), normalized)?;
        let inner = layer.expand.apply(&normalized)?;
        let inner = probe.visit(site(Place::FeedForwardInner(number)), inner)?;
        let inner = inner.activate(self.activation)?;
        let inner = probe.visit(site(Place::FeedForwardActivated(number)), inner)?;
        let added = layer.contract.apply(&inner)?;
        let added = probe.visit(site(Place::FeedForwardOutput(number)), added)?;
        probe.visit(site(Place::LayerOutput(number)), hidden.add(&added)?)
    }

    /// The last layer's output, as the unembedding reads it.
    fn finished(&self, hidden: &Tensor, probe: &mut dyn Probe) -> Result<Tensor> {
        let site = Site {
            stack: Stack::Decoder,
            place: Place::FinalNorm,
        };
        probe.visit(site, self.weights.final_norm.apply(hidden)?)
    }
}

impl SequenceModel for Gpt2 {
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
        self.weights.token_embedding.device()
    }

    fn embed(&self, side: Side, ids: &[u32]) -> Result<Tensor> {
        if side == Side::Source {
            return Err(Error::NoSource { family: "gpt2" });
        }
        Ok(self.weights.token_embedding.pick_rows(ids)?)
    }

    fn embedding_table(&self, _side: Side) -> &Tensor {
        &self.weights.token_embedding
    }

    fn forward(
        &self,
        inputs: &Inputs,
        positions: &[u32],
        mut cache: Option<&mut Cache>,
        probe: &mut dyn Probe,
    ) -> Result<Tensor> {
        if inputs.source.is_some() {
            return Err(Error::NoSource { family: "gpt2" });
        }
        let n_tokens = inputs.prefix.shape().length(BackAxis(1));
        let order = Order::new(cache.as_deref(), n_tokens)?;
        self.summary.check_length(order.n_positions())?;
        check_positions(positions, n_tokens)?;
        let mask = order.mask(self.device(), &all_positions(n_tokens))?;
        let last_mask = order.mask(self.device(), positions)?;

        let position_ids = order.position_ids();
        let positions_there = self.weights.position_embedding.pick_rows(&position_ids)?;
        let mut hidden = embedded(Stack::Decoder, &inputs.prefix, positions_there, probe)?;
        let last = self.weights.layers.len() - 1;
        for number in 0..=last {
            let (rows, mask) = if number == last {
                (Some(positions), &last_mask)
            } else {
                (None, &mask)
            };
            hidden = self.block(number, &hidden, rows, mask, cache.as_deref_mut(), probe)?;
        }
        if let Some(cache) = cache {
            cache.has_read(n_tokens);
        }
        self.finished(&hidden, probe)
    }

    fn dropout_rate(&self, site: Site) -> f32 {
        self.dropout.at(site)
    }

    fn layer_paths(&self) -> Vec<LayerPath> {
        layer_paths(self.weights.layers.len())
    }

    fn layer(&self, inputs: &LayerInputs<'_>, probe: &mut dyn Probe) -> Result<Tensor> {
        if inputs.stack == Stack::Encoder {
            return Err(Error::NoSource { family: "gpt2" });
        }
        let n_tokens = inputs.hidden.shape().length(BackAxis(1));
        check_layer(inputs.number, self.weights.layers.len())?;
        check_positions(inputs.rows, n_tokens)?;
        let mask = Order::new(None, n_tokens)?.mask(self.device(), inputs.rows)?;
        let rows = Some(inputs.rows);
        let hidden = self.block(inputs.number, inputs.hidden, rows, &mask, None, probe)?;
        if inputs.number + 1 < self.weights.layers.len() {
            return Ok(hidden);
        }
        self.finished(&hidden, probe)
    }

    fn unembed(&self, hidden: &Tensor) -> Result<Tensor> {
        Ok(hidden.matmul_transposed(&self.weights.unembedding)?)
    }

    fn unembed_choices(&self, hidden: &Tensor, ids: &[u32]) -> Result<Tensor> {
        unembed_choices(hidden, &self.weights.unembedding, ids)
    }
}
