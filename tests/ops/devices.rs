//! Where the suite runs: a backend that joins this list is tested by every test.

use backend_cpu::Cpu;
use backend_webgpu::OpenOptions;
use inseq_tests::webgpu::webgpu;
use tensor::Device;

/// Every device there is; of WebGPU also one that has no more than every WebGPU has.
pub(crate) fn devices() -> Vec<Device> {
    let mut devices: Vec<Device> = vec![Cpu::device(), Cpu::device_as_in_browsers()];
    let restricted = OpenOptions {
        is_restricted_to_defaults: true,
        ..OpenOptions::default()
    };
    for options in [OpenOptions::default(), restricted] {
        if let Some(device) = webgpu(&options) {
            devices.push(device);
        }
    }
    devices
}
