/// Why an attribution cannot be drawn.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There are layers, heads or hidden coordinates left.
    #[error("{part} has shape {shape:?}; a heatmap needs a matrix, so aggregate first")]
    NotAMatrix {
        /// Which matrix.
        part: &'static str,
        /// Its shape.
        shape: Vec<usize>,
    },
    /// A map of layers was asked for where there are none.
    #[error("the attribution has no layers to draw")]
    NoLayers,
    /// A target was asked for that is not there.
    #[error("there is no target {column}: there are {n_targets}, from 0 on")]
    NoTarget {
        /// Which was asked for.
        column: usize,
        /// How many there are.
        n_targets: usize,
    },
    /// The attribution contradicts itself or cannot be aggregated.
    #[error(transparent)]
    Attribution(#[from] attribution_output::Error),
}

/// What the functions of this crate return.
pub type Result<T> = std::result::Result<T, Error>;
