/// A dense array of 32-bit floats with named axes, row-major. NaN marks "not
/// applicable", such as a token's influence on an earlier one.
#[derive(Clone, Debug)]
pub struct Scores {
    /// Name of each axis, outermost first.
    pub axes: Vec<Axis>,
    /// Length of each axis.
    pub shape: Vec<usize>,
    /// The values; as many as the product of `shape`.
    pub values: Vec<f32>,
}

/// What an axis of [`Scores`] counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Axis {
    /// Tokens that are attributed to: source tokens, or prefix tokens.
    Inputs,
    /// Produced tokens that are explained.
    Targets,
    /// Coordinates of the embedding or of another hidden state.
    Hidden,
    /// Layers, first to last.
    Layers,
    /// Attention heads.
    Heads,
}
