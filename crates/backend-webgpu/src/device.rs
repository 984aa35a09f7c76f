use std::cell::RefCell;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use crate::{OpenError, OpenOptions};

/// What kernels may make use of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Capabilities {
    /// Fewest threads that a subgroup has, where there are subgroups.
    pub(crate) subgroup_threads: Option<u32>,
    /// Whether shaders may read 16-bit floats.
    pub(crate) has_f16: bool,
}

/// An opened device.
pub(crate) struct Gpu {
    pub(crate) device: wgpu::Device,
    pub(crate) queue: wgpu::Queue,
    pub(crate) capabilities: Capabilities,
    pub(crate) adapter: wgpu::AdapterInfo,
    /// Most bytes of a buffer that a kernel can see.
    pub(crate) largest_binding: u64,
    pub(crate) most_groups: u32,
    scopes: RefCell<Vec<wgpu::ErrorScopeGuard>>,
    lost: Arc<Mutex<Option<String>>>,
}

/// What the device said that went wrong.
pub(crate) enum Fault {
    OutOfMemory,
    Lost(String),
    Other(String),
}

impl Gpu {
    pub(crate) async fn open(options: &OpenOptions) -> Result<Rc<Self>, OpenError> {
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
            backends: wgpu::Backends::PRIMARY,
            ..wgpu::InstanceDescriptor::new_without_display_handle()
        });
        let adapter = instance
            .request_adapter(&wgpu::RequestAdapterOptions {
                power_preference: wgpu::PowerPreference::HighPerformance,
                ..Default::default()
            })
            .await
            .map_err(|error| OpenError::NoAdapter {
                reason: error.to_string(),
            })?;
        let info = adapter.get_info();
        let capabilities = capabilities(&adapter, options);
        let limits = limits(&adapter, options);
        let (device, queue) = adapter
            .request_device(&wgpu::DeviceDescriptor {
                label: Some("inseq"),
                required_features: features(capabilities),
                required_limits: limits.clone(),
                memory_hints: wgpu::MemoryHints::Performance,
                ..Default::default()
            })
            .await
            .map_err(|error| OpenError::Refused {
                adapter: info.name.clone(),
                reason: error.to_string(),
            })?;
        let lost = Arc::new(Mutex::new(None));
        let told = lost.clone();
        device.set_device_lost_callback(move |reason, message| {
            let text = match message.trim() {
                "" => format!("{reason:?}").to_lowercase(),
                message => message.to_owned(),
            };
            // A poisoned lock has nothing that could be in a bad state.
            *told.lock().unwrap_or_else(|lock| lock.into_inner()) = Some(text);
        });
        let gpu = Self {
            largest_binding: limits
                .max_storage_buffer_binding_size
                .min(limits.max_buffer_size),
            most_groups: limits.max_compute_workgroups_per_dimension,
            device,
            queue,
            capabilities,
            adapter: info,
            scopes: RefCell::new(Vec::new()),
            lost,
        };
        gpu.watch();
        Ok(Rc::new(gpu))
    }

    /// Catches what goes wrong from here on, until it is asked for.
    fn watch(&self) {
        let filters = [
            wgpu::ErrorFilter::Internal,
            wgpu::ErrorFilter::Validation,
            wgpu::ErrorFilter::OutOfMemory,
        ];
        let mut scopes = self.scopes.borrow_mut();
        scopes.extend(filters.map(|filter| self.device.push_error_scope(filter)));
    }

    /// What went wrong since it was last asked, the cause before its consequences.
    pub(crate) async fn fault(&self) -> Option<Fault> {
        let mut results = Vec::new();
        let mut scopes = std::mem::take(&mut *self.scopes.borrow_mut());
        while let Some(scope) = scopes.pop() {
            results.push(scope.pop());
        }
        self.watch();
        let mut found = None;
        for result in results {
            let error = result.await;
            found = found.or(error.map(|error| match error {
                wgpu::Error::OutOfMemory { .. } => Fault::OutOfMemory,
                wgpu::Error::Validation { description, .. }
                | wgpu::Error::Internal { description, .. } => Fault::Other(description),
            }));
        }
        self.lost().map(Fault::Lost).or(found)
    }

    /// Why the device is lost, if it is.
    pub(crate) fn lost(&self) -> Option<String> {
        self.lost
            .lock()
            .unwrap_or_else(|lock| lock.into_inner())
            .clone()
    }
}

impl Drop for Gpu {
    fn drop(&mut self) {
        // The last opened must be closed first.
        while let Some(scope) = self.scopes.borrow_mut().pop() {
            drop(scope);
        }
    }
}

fn capabilities(adapter: &wgpu::Adapter, options: &OpenOptions) -> Capabilities {
    let features = adapter.features();
    let n = adapter.get_info().subgroup_min_size;
    let has_subgroups = features.contains(wgpu::Features::SUBGROUP)
        && n.is_power_of_two()
        && (8..=128).contains(&n)
        && !options.is_restricted_to_defaults;
    Capabilities {
        subgroup_threads: has_subgroups.then_some(n),
        has_f16: features.contains(wgpu::Features::SHADER_F16)
            && !options.is_restricted_to_defaults,
    }
}

fn features(capabilities: Capabilities) -> wgpu::Features {
    let mut features = wgpu::Features::empty();
    features.set(
        wgpu::Features::SUBGROUP,
        capabilities.subgroup_threads.is_some(),
    );
    features.set(wgpu::Features::SHADER_F16, capabilities.has_f16);
    features
}

/// What every WebGPU has, but for sizes, where as much as there is.
fn limits(adapter: &wgpu::Adapter, options: &OpenOptions) -> wgpu::Limits {
    let mut limits = wgpu::Limits::default();
    if !options.is_restricted_to_defaults {
        let offered = adapter.limits();
        limits.max_buffer_size = offered.max_buffer_size.max(limits.max_buffer_size);
        limits.max_storage_buffer_binding_size = offered
            .max_storage_buffer_binding_size
            .max(limits.max_storage_buffer_binding_size);
    }
    if let Some(bytes) = options.largest_binding_bytes {
        limits.max_storage_buffer_binding_size = bytes;
    }
    limits
}
