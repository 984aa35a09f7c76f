use backend_cpu::Cpu;
use backend_webgpu::{OpenOptions, WebGpu};
use engine::{DeviceSource, WeightsOnDevice};
use hub::LocalFuture;
use js_sys::Reflect;
use tensor::Device;
use wasm_bindgen::JsCast as _;
use web_sys::Performance;

/// The processor, and whatever graphics processor the browser lets pages use.
pub(crate) struct BrowserDevices;

impl DeviceSource for BrowserDevices {
    fn cpu(&self) -> Device {
        Cpu::device_with_clock(seconds)
    }

    fn open_webgpu(&self, weights: WeightsOnDevice) -> LocalFuture<'_, Result<Device, String>> {
        WebGpu::open_device(OpenOptions {
            keeps_weights_as_f16: weights == WeightsOnDevice::F16,
            ..OpenOptions::default()
        })
    }
}

/// The finest clock that the browser lets pages have.
fn seconds() -> f64 {
    thread_local! {
        static PERFORMANCE: Option<Performance> = {
            let performance = Reflect::get(&js_sys::global(), &"performance".into());
            performance.ok().and_then(|performance| performance.dyn_into().ok())
        };
    }
    PERFORMANCE.with(|performance| match performance {
        Some(performance) => performance.now() / 1000.0,
        None => js_sys::Date::now() / 1000.0,
    })
}
