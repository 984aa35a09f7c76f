//! Devices of a machine that has a processor and nothing else.

use backend_cpu::Cpu;
use engine::{DeviceSource, WeightsOnDevice};
use hub::LocalFuture;
use tensor::Device;

/// The processor.
pub struct OnlyCpu;

impl DeviceSource for OnlyCpu {
    fn cpu(&self) -> Device {
        Cpu::device()
    }

    fn open_webgpu(&self, _: WeightsOnDevice) -> LocalFuture<'_, Result<Device, String>> {
        Box::pin(async { Err("this machine has none".to_owned()) })
    }
}
