use hub::FileSource;
use tensor::Device;

/// What an engine needs from outside.
pub struct World {
    /// Where model files come from.
    pub source: Box<dyn FileSource>,
    /// What computes.
    pub device: Device,
    /// Seconds since some fixed moment; only differences are used.
    pub clock_secs: fn() -> f64,
}
