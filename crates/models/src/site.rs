use tensor::Tensor;

use crate::Result;

/// A named place in a forward pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Site {
    /// Which stack of layers.
    pub stack: Stack,
    /// What is seen there.
    pub place: Place,
}

/// A stack of layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stack {
    /// Reads the source text. Only encoder-decoder models have one.
    Encoder,
    /// Writes the output.
    Decoder,
}

/// What is seen at a [`Site`], with its shape. `rows` are all positions, or in the
/// decoder's last layer the positions that were asked for. Leading axes of the input
/// may come before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// Token embeddings with positions added, `[tokens, hidden]`.
    Embeddings,
    /// Values of a layer's self-attention, `[heads, keys, head]`.
    Values(usize),
    /// Weights of a layer's self-attention, `[heads, rows, keys]`.
    AttentionWeights(usize),
    /// What a layer's self-attention adds, `[rows, hidden]`.
    AttentionOutput(usize),
    /// Values of a decoder layer's attention to the source, `[heads, source, head]`.
    CrossValues(usize),
    /// Weights of a decoder layer's attention to the source, `[heads, rows, source]`.
    CrossAttentionWeights(usize),
    /// What a decoder layer's attention to the source adds, `[rows, hidden]`.
    CrossAttentionOutput(usize),
    /// What a layer's feed-forward block adds, `[rows, hidden]`.
    FeedForwardOutput(usize),
    /// A layer's output, `[rows, hidden]`.
    LayerOutput(usize),
}

/// Sees each value as the forward pass makes it, and may hand back another of the
/// same shape in its place.
pub trait Probe {
    /// Called once for each site, in the order of computation.
    ///
    /// # Errors
    /// Ends the forward pass with this error.
    fn visit(&mut self, site: Site, value: Tensor) -> Result<Tensor>;
}

/// Looks at nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoProbe;

impl Probe for NoProbe {
    fn visit(&mut self, _site: Site, value: Tensor) -> Result<Tensor> {
        Ok(value)
    }
}
