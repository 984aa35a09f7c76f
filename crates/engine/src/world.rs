use hub::FileSource;

use crate::DeviceSource;

/// What an engine needs from outside.
pub struct World {
    /// Where model files come from.
    pub source: Box<dyn FileSource>,
    /// What computes.
    pub devices: Box<dyn DeviceSource>,
    /// Seconds since some fixed moment; only differences are used.
    pub clock_secs: fn() -> f64,
}
