//! A graphics processor to test on, or a program that acts as one.

use std::rc::Rc;

use backend_cpu::Cpu;
use backend_webgpu::{OpenOptions, WebGpu};
use engine::{DeviceSource, WeightsOnDevice};
use futures::executor::block_on;
use hub::LocalFuture;
use tensor::Device;

/// Set, as in CI, where tests must not go without.
const REQUIRED: &str = "REQUIRE_ADAPTER";

/// WebGPU, opened in this way; `None`, and a line that says so, where there is none.
///
/// # Panics
/// If there is none and `REQUIRE_ADAPTER` is set.
pub fn webgpu(options: &OpenOptions) -> Option<Rc<WebGpu>> {
    match block_on(WebGpu::open(options)) {
        Ok(device) => Some(device),
        Err(error) => {
            assert!(
                std::env::var_os(REQUIRED).is_none(),
                "{REQUIRED} is set: {error}"
            );
            println!("SKIPPED: webgpu: {error}");
            None
        }
    }
}

/// The devices of a machine with a graphics processor that is opened in this way.
pub struct WithWebGpu {
    /// How.
    pub options: OpenOptions,
}

impl DeviceSource for WithWebGpu {
    fn cpu(&self) -> Device {
        Cpu::device()
    }

    fn open_webgpu(&self, weights: WeightsOnDevice) -> LocalFuture<'_, Result<Device, String>> {
        WebGpu::open_device(OpenOptions {
            keeps_weights_as_f16: weights == WeightsOnDevice::F16,
            ..self.options
        })
    }
}
