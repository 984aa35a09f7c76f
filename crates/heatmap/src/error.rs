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
    /// The attribution contradicts itself or cannot be aggregated.
    #[error(transparent)]
    Attribution(#[from] attribution_output::Error),
}

/// What the functions of this crate return.
pub type Result<T> = std::result::Result<T, Error>;
