use backend_cpu::Cpu;
use backend_webgpu::{OpenOptions, WebGpu};
use engine::{DeviceSource, WeightsOnDevice};
use hub::LocalFuture;
use tensor::Device;

/// The processor, and whatever graphics processor the system has a driver for.
pub(crate) struct NativeDevices;

impl DeviceSource for NativeDevices {
    fn cpu(&self) -> Device {
        Cpu::device()
    }

    fn open_webgpu(&self, weights: WeightsOnDevice) -> LocalFuture<'_, Result<Device, String>> {
        WebGpu::open_device(OpenOptions {
            keeps_weights_as_f16: weights == WeightsOnDevice::F16,
            ..OpenOptions::default()
        })
    }
}
