use backend_cpu::Cpu;
use backend_webgpu::{OpenOptions, WebGpu};
use engine::DeviceSource;
use hub::LocalFuture;
use tensor::Device;

/// The processor, and whatever graphics processor the browser lets pages use.
pub(crate) struct BrowserDevices;

impl DeviceSource for BrowserDevices {
    fn cpu(&self) -> Device {
        Cpu::device()
    }

    fn open_webgpu(&self) -> LocalFuture<'_, Result<Device, String>> {
        WebGpu::open_device(OpenOptions::default())
    }
}
