use tensor::Tensor;

use crate::{Result, Side};

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
///
/// GPT-2 normalizes before attention and before the feed-forward block, Marian after
/// them has added its part; a place that a family does not have is not visited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// Token embeddings after scaling, `[tokens, hidden]`.
    TokenEmbeddings,
    /// Embeddings of their positions, `[tokens, hidden]`.
    PositionEmbeddings,
    /// Token embeddings with positions added, `[tokens, hidden]`.
    Embeddings,
    /// What a layer's self-attention reads (GPT-2), or what is handed on after it
    /// (Marian): normalized, `[rows, hidden]`; for GPT-2 always all positions.
    AttentionNorm(usize),
    /// Queries of a layer's self-attention, heads side by side, `[rows, hidden]`.
    Queries(usize),
    /// Keys of a layer's self-attention, heads side by side, `[tokens, hidden]`.
    Keys(usize),
    /// Values of a layer's self-attention, heads side by side, `[tokens, hidden]`.
    JoinedValues(usize),
    /// Values of a layer's self-attention, `[heads, keys, head]`.
    Values(usize),
    /// Weights of a layer's self-attention, `[heads, rows, keys]`.
    AttentionWeights(usize),
    /// Values as a layer's self-attention weighs them, heads side by side,
    /// `[rows, hidden]`.
    WeighedValues(usize),
    /// What a layer's self-attention adds, `[rows, hidden]`.
    AttentionOutput(usize),
    /// The sum after it was added, `[rows, hidden]`.
    AttentionSum(usize),
    /// Queries of a decoder layer's attention to the source, heads side by side,
    /// `[rows, hidden]`.
    CrossQueries(usize),
    /// Keys of a decoder layer's attention to the source, heads side by side,
    /// `[source, hidden]`.
    CrossKeys(usize),
    /// Values of a decoder layer's attention to the source, heads side by side,
    /// `[source, hidden]`.
    JoinedCrossValues(usize),
    /// Values of a decoder layer's attention to the source, `[heads, source, head]`.
    CrossValues(usize),
    /// Weights of a decoder layer's attention to the source, `[heads, rows, source]`.
    CrossAttentionWeights(usize),
    /// Values as that attention weighs them, heads side by side, `[rows, hidden]`.
    WeighedCrossValues(usize),
    /// What a decoder layer's attention to the source adds, `[rows, hidden]`.
    CrossAttentionOutput(usize),
    /// The sum after it was added, `[rows, hidden]`.
    CrossAttentionSum(usize),
    /// That sum, normalized, `[rows, hidden]`.
    CrossAttentionNorm(usize),
    /// What a layer's feed-forward block reads, normalized (GPT-2), `[rows, hidden]`.
    FeedForwardNorm(usize),
    /// The wide values of a feed-forward block before its nonlinearity, `[rows, inner]`.
    FeedForwardInner(usize),
    /// The same after it, `[rows, inner]`.
    FeedForwardActivated(usize),
    /// What a layer's feed-forward block adds, `[rows, hidden]`.
    FeedForwardOutput(usize),
    /// The sum after it was added, before it is normalized (Marian), `[rows, hidden]`.
    FeedForwardSum(usize),
    /// A layer's output, `[rows, hidden]`.
    LayerOutput(usize),
    /// The last layer's output, normalized (GPT-2): what the unembedding reads,
    /// `[positions, hidden]`.
    FinalNorm,
}

impl Site {
    /// The text whose tokens the rows seen there stand for.
    pub fn side(self) -> Side {
        match (self.stack, self.place) {
            (Stack::Encoder, _)
            | (
                Stack::Decoder,
                Place::CrossKeys(_) | Place::JoinedCrossValues(_) | Place::CrossValues(_),
            ) => Side::Source,
            (Stack::Decoder, _) => Side::Target,
        }
    }
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
