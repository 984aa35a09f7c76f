use tensor::{Device, Tensor};

use crate::positions::first_positions;
use crate::{Branch, Error, GenerationConfig, LayerPath, Probe, Result, Site, Stack, Tokenizer};

/// A model that writes text token by token, as attribution sees it.
///
/// Inputs are token embeddings after scaling and before positions, so that methods
/// can move them; any leading axes (such as points of a path) come before
/// `[tokens, hidden]` and pass through.
pub trait SequenceModel {
    /// What it is, in names and figures.
    fn summary(&self) -> &ModelSummary;

    /// How it reads and writes text.
    fn tokenizer(&self) -> &Tokenizer;

    /// How it wants to generate.
    fn generation_config(&self) -> &GenerationConfig;

    /// Where its weights are.
    fn device(&self) -> &Device;

    /// Embeddings of tokens, scaled as the model scales them, `[tokens, hidden]`. They
    /// may be the tokens of several texts, one after the other.
    ///
    /// # Errors
    /// If an id is outside the vocabulary.
    fn embed(&self, side: Side, ids: &[u32]) -> Result<Tensor>;

    /// What [`embed`](Self::embed) looks up, before scaling: `[vocabulary, hidden]`.
    fn embedding_table(&self, side: Side) -> &Tensor;

    /// Final hidden states at some positions of the prefix, `[.., positions, hidden]`.
    ///
    /// With a cache, `inputs.prefix` continues what the cache holds, and positions
    /// count from the first new token; the source is read when the cache is empty. A
    /// [branched](Cache::branched) cache can be read from once.
    ///
    /// # Errors
    /// If the inputs do not fit the model, or the device fails.
    fn forward(
        &self,
        inputs: &Inputs,
        positions: &[u32],
        cache: Option<&mut Cache>,
        probe: &mut dyn Probe,
    ) -> Result<Tensor>;

    /// One layer on its own, as [`forward`](Self::forward) runs it, `[.., tokens,
    /// hidden]` → `[.., rows, hidden]`. Of the decoder's last layer this is what
    /// `forward` returns, final normalization included.
    ///
    /// # Errors
    /// If there is no such stack, layer or row, or the device fails.
    fn layer(&self, inputs: &LayerInputs<'_>, probe: &mut dyn Probe) -> Result<Tensor>;

    /// The share of the values at a site that are dropped while the model is trained,
    /// from 0 to below 1; the others are scaled up for it.
    fn dropout_rate(&self, site: Site) -> f32;

    /// The modules of the Hugging Face model that can be looked at, with the sites where
    /// their inputs and outputs are seen.
    fn layer_paths(&self) -> Vec<LayerPath>;

    /// Logits of every token, `[.., positions, hidden]` → `[.., positions, vocabulary]`.
    ///
    /// # Errors
    /// If the shape does not fit, or the device fails.
    fn unembed(&self, hidden: &Tensor) -> Result<Tensor>;

    /// The logit of one token at each position, `[.., positions, hidden]` →
    /// `[.., positions]`, without computing the others.
    ///
    /// # Errors
    /// If there is not one id for each position, or the device fails.
    fn unembed_choices(&self, hidden: &Tensor, ids: &[u32]) -> Result<Tensor>;
}

/// Which text a token belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The text an encoder reads.
    Source,
    /// The output; for decoder-only models, the prompt too.
    Target,
}

/// What a forward pass reads.
#[derive(Clone, Debug)]
pub struct Inputs {
    /// Embeddings of the source, `[.., source, hidden]`; `None` for decoder-only
    /// models.
    pub source: Option<Tensor>,
    /// Embeddings of the decoder's input, `[.., prefix, hidden]`.
    pub prefix: Tensor,
}

/// What one layer reads.
#[derive(Clone, Copy, Debug)]
pub struct LayerInputs<'a> {
    /// Which stack it is of.
    pub stack: Stack,
    /// Its number, from 0.
    pub number: usize,
    /// What the layer before made of every token, `[.., tokens, hidden]`; for the first
    /// layer, embeddings with positions.
    pub hidden: &'a Tensor,
    /// The positions to go on with. One may be named several times, when a probe does
    /// something else to each.
    pub rows: &'a [u32],
    /// The encoder's output, `[.., source, hidden]`, for decoder layers that attend to
    /// it.
    pub encoded: Option<&'a Tensor>,
}

/// Keys and values of positions already seen, so that generation reads each weight
/// once per token.
#[derive(Clone, Debug, Default)]
pub struct Cache {
    /// Number of positions it holds.
    pub(crate) n_positions: usize,
    /// One per layer.
    pub(crate) layers: Vec<LayerCache>,
    /// The texts that go on from it, if these are others than one that does at its end.
    pub(crate) branches: Option<Vec<Branch>>,
}

/// Keys and values of one layer, `[.., heads, positions, head]`.
#[derive(Clone, Debug, Default)]
pub(crate) struct LayerCache {
    pub(crate) own: Option<KeysAndValues>,
    pub(crate) cross: Option<KeysAndValues>,
}

/// What attention looks up, `[.., heads, positions, head]` each.
#[derive(Clone, Debug)]
pub(crate) struct KeysAndValues {
    pub(crate) keys: Tensor,
    pub(crate) values: Tensor,
}

impl Cache {
    /// Number of positions it holds.
    pub fn n_positions(&self) -> usize {
        self.n_positions
    }

    /// What it held when it had seen the first `n_positions` only, and the same source.
    ///
    /// # Errors
    /// If it holds fewer, or the device fails.
    pub fn first(&self, n_positions: usize) -> Result<Self> {
        let mut layers = self.layers.clone();
        for layer in &mut layers {
            layer.own = match &layer.own {
                Some(own) if n_positions > 0 => Some(KeysAndValues {
                    keys: first_positions(&own.keys, n_positions)?,
                    values: first_positions(&own.values, n_positions)?,
                }),
                _ => None,
            };
        }
        Ok(Self {
            n_positions,
            layers,
            branches: None,
        })
    }

    /// The same for one forward that reads several texts' own tokens, `[tokens, hidden]`,
    /// one text after the other. Positions to be returned count all of them. The texts
    /// share products, so that a number of one which is not finite may make others so.
    ///
    /// # Errors
    /// If a text shares more positions than are held.
    pub fn branched(&self, branches: Vec<Branch>) -> Result<Self> {
        let most_shared = branches.iter().map(|branch| branch.n_shared).max();
        match most_shared {
            Some(n_shared) if n_shared > self.n_positions => Err(Error::PositionOutside {
                position: n_shared - 1,
                n_tokens: self.n_positions,
            }),
            _ => Ok(Self {
                branches: Some(branches),
                ..self.clone()
            }),
        }
    }

    /// Notes what a forward has read; branches go no further.
    pub(crate) fn has_read(&mut self, n_tokens: usize) {
        self.n_positions += n_tokens;
        if let Some(branches) = &mut self.branches {
            branches.clear();
        }
    }

    pub(crate) fn layer(&mut self, index: usize) -> &mut LayerCache {
        if self.layers.len() <= index {
            self.layers.resize_with(index + 1, LayerCache::default);
        }
        &mut self.layers[index]
    }
}

/// What a model is, in names and figures.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelSummary {
    /// `gpt2` or `marian`.
    pub family: &'static str,
    /// The class in Hugging Face transformers.
    pub class_name: &'static str,
    /// Whether it reads a source text apart from its output.
    pub is_encoder_decoder: bool,
    /// First token of every output of an encoder-decoder model.
    pub decoder_start_token_id: Option<u32>,
    /// Number of weights.
    pub n_parameters: u64,
    /// Longest text, in tokens.
    pub n_positions: usize,
    /// Layers of the decoder.
    pub n_layers: usize,
    /// Attention heads in each layer.
    pub n_heads: usize,
    /// Width of the hidden states.
    pub hidden_size: usize,
    /// Tokens in the (target) vocabulary.
    pub vocabulary_size: usize,
    /// What [`SequenceModel::embed`] multiplies rows of the embedding table by.
    pub embedding_scale: f32,
}
