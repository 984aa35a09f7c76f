use hub::FileSource;

use crate::DeviceSource;

/// What an engine needs from outside.
pub struct World {
    /// Where model files come from.
    pub source: Box<dyn FileSource>,
    /// What computes.
    pub devices: Box<dyn DeviceSource>,
    /// The memory that all of this can use at most, where that is known: models that
    /// need more are refused before they are fetched.
    pub memory_bytes: Option<u64>,
    /// Seconds since some fixed moment; only differences are used.
    pub clock_secs: fn() -> f64,
}
