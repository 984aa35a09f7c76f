use std::collections::HashMap;
use std::rc::Rc;

use crate::device::Gpu;
use crate::kernels::Kernel;

/// Kernels, compiled once each, when first needed.
pub(crate) struct Pipelines {
    gpu: Rc<Gpu>,
    /// By the number of inputs.
    layouts: Vec<(wgpu::BindGroupLayout, wgpu::PipelineLayout)>,
    compiled: HashMap<Kernel, wgpu::ComputePipeline>,
}

/// Bytes of the arguments of one kernel, and how far apart those of the next are.
pub(crate) const ARGUMENT_BYTES: usize = 256;

const MOST_INPUTS: usize = 3;

impl Pipelines {
    pub(crate) fn new(gpu: Rc<Gpu>) -> Self {
        let layouts = (0..=MOST_INPUTS).map(|n| layout(&gpu.device, n)).collect();
        Self {
            gpu,
            layouts,
            compiled: HashMap::new(),
        }
    }

    pub(crate) fn layout(&self, kernel: Kernel) -> &wgpu::BindGroupLayout {
        &self.layouts[kernel.n_inputs()].0
    }

    pub(crate) fn pipeline(&mut self, kernel: Kernel) -> &wgpu::ComputePipeline {
        let gpu = &self.gpu;
        let layout = &self.layouts[kernel.n_inputs()].1;
        self.compiled.entry(kernel).or_insert_with(|| {
            let source = kernel.source(gpu.capabilities);
            let module = gpu
                .device
                .create_shader_module(wgpu::ShaderModuleDescriptor {
                    label: Some(kernel.entry_point()),
                    source: wgpu::ShaderSource::Wgsl(source.into()),
                });
            gpu.device
                .create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                    label: Some(kernel.entry_point()),
                    layout: Some(layout),
                    module: &module,
                    entry_point: Some(kernel.entry_point()),
                    // Every kernel writes what it reads of its workgroup's memory.
                    compilation_options: wgpu::PipelineCompilationOptions {
                        zero_initialize_workgroup_memory: false,
                        ..Default::default()
                    },
                    cache: None,
                })
        })
    }

    pub(crate) fn n_compiled(&self) -> usize {
        self.compiled.len()
    }
}

/// Arguments first, then what is read, then what is written.
fn layout(device: &wgpu::Device, n_inputs: usize) -> (wgpu::BindGroupLayout, wgpu::PipelineLayout) {
    let entry = |binding: usize, ty: wgpu::BufferBindingType| wgpu::BindGroupLayoutEntry {
        binding: binding as u32,
        visibility: wgpu::ShaderStages::COMPUTE,
        ty: wgpu::BindingType::Buffer {
            ty,
            has_dynamic_offset: ty == wgpu::BufferBindingType::Uniform,
            min_binding_size: None,
        },
        count: None,
    };
    let mut entries = vec![entry(0, wgpu::BufferBindingType::Uniform)];
    for binding in 1..=n_inputs + 1 {
        let read_only = binding <= n_inputs;
        entries.push(entry(
            binding,
            wgpu::BufferBindingType::Storage { read_only },
        ));
    }
    let bindings = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
        label: None,
        entries: &entries,
    });
    let pipeline = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label: None,
        bind_group_layouts: &[Some(&bindings)],
        immediate_size: 0,
    });
    (bindings, pipeline)
}
