use tensor::{Device, Tensor};

use crate::{GenerationConfig, Probe, Result, Tokenizer};

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

    /// Embeddings of tokens, scaled as the model scales them, `[tokens, hidden]`.
    ///
    /// # Errors
    /// If an id is outside the vocabulary, or there are more tokens than positions.
    fn embed(&self, side: Side, ids: &[u32]) -> Result<Tensor>;

    /// Final hidden states at some positions of the prefix, `[.., positions, hidden]`.
    ///
    /// With a cache, `inputs.prefix` continues what the cache holds, and positions
    /// count from the first new token; the source is read when the cache is empty.
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

/// Keys and values of positions already seen, so that generation reads each weight
/// once per token.
#[derive(Clone, Debug, Default)]
pub struct Cache {
    /// Number of positions it holds.
    pub(crate) n_positions: usize,
    /// One per layer.
    pub(crate) layers: Vec<LayerCache>,
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
