use crate::buffers::Pool;
use crate::device::Gpu;
use crate::recorder::{Counts, Recorder};

/// What a device is, and what it did: for diagnostics.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The graphics processor's name; browsers may keep it to themselves.
    pub adapter: String,
    /// Which interface of the system drives it.
    pub interface: String,
    /// Driver's name and version, where known.
    pub driver: String,
    /// Whether it is a program that runs on the processor.
    pub is_software: bool,
    /// Most bytes that a kernel may see of a buffer.
    pub largest_binding_bytes: u64,
    /// Fewest threads of a subgroup, where kernels use subgroups.
    pub subgroup_threads: Option<u32>,
    /// Whether shaders may read 16-bit floats.
    pub has_f16: bool,
    /// Bytes of values and weights on the device.
    pub bytes_in_use: u64,
    /// Most bytes there were.
    pub peak_bytes_in_use: u64,
    /// Kernels compiled.
    pub n_pipelines: usize,
    /// Work done.
    pub counts: Counts,
}

impl Report {
    pub(crate) fn new(gpu: &Gpu, pool: &Pool, recorder: &Recorder) -> Self {
        let adapter = &gpu.adapter;
        let driver = format!("{} {}", adapter.driver, adapter.driver_info);
        Self {
            adapter: adapter.name.clone(),
            interface: adapter.backend.to_string(),
            driver: driver.trim().to_owned(),
            is_software: adapter.device_type == wgpu::DeviceType::Cpu
                || is_known_software(&adapter.name),
            largest_binding_bytes: gpu.largest_binding,
            subgroup_threads: gpu.capabilities.subgroup_threads,
            has_f16: gpu.capabilities.has_f16,
            bytes_in_use: pool.bytes_in_use(),
            peak_bytes_in_use: pool.peak_bytes_in_use(),
            n_pipelines: recorder.n_pipelines(),
            counts: recorder.counts(),
        }
    }
}

/// Browsers do not say what type an adapter is, but name these.
fn is_known_software(name: &str) -> bool {
    let name = name.to_lowercase();
    ["swiftshader", "llvmpipe", "lavapipe", "basic render"]
        .iter()
        .any(|known| name.contains(known))
}
