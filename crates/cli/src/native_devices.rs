use backend_cpu::Cpu;
use backend_webgpu::{OpenOptions, WebGpu};
use engine::DeviceSource;
use hub::LocalFuture;
use tensor::Device;

/// The processor, and whatever graphics processor the system has a driver for.
pub(crate) struct NativeDevices;

impl DeviceSource for NativeDevices {
    fn cpu(&self) -> Device {
        Cpu::device()
    }

    fn open_webgpu(&self) -> LocalFuture<'_, Result<Device, String>> {
        Box::pin(async {
            let opened = WebGpu::open(&OpenOptions::default()).await;
            let device: Device = opened.map_err(|error| error.to_string())?;
            Ok(device)
        })
    }
}
