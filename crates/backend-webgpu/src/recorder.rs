use std::rc::Rc;

use crate::device::Gpu;
use crate::kernels::Kernel;
use crate::pipelines::{ARGUMENT_BYTES, Pipelines};

/// Commands that wait to be submitted together, and the arguments of their kernels.
pub(crate) struct Recorder {
    gpu: Rc<Gpu>,
    pipelines: Pipelines,
    // The pass is dropped before the encoder that it writes to.
    pass: Option<wgpu::ComputePass<'static>>,
    encoder: Option<wgpu::CommandEncoder>,
    arguments: Vec<u8>,
    arguments_buffer: wgpu::Buffer,
    counts: Counts,
    bytes_waiting: usize,
}

/// What was done since the device was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Kernels started.
    pub n_dispatches: u64,
    /// Batches of commands submitted.
    pub n_submissions: u64,
    /// Bytes that the kernels' bindings span: an upper bound of what they read and
    /// write, but for values that they read more than once.
    pub bytes_bound: u64,
    /// Bytes copied to the device.
    pub bytes_uploaded: u64,
    /// Bytes copied back.
    pub bytes_read: u64,
}

/// A kernel about to run.
pub(crate) struct Dispatch<'a> {
    pub(crate) kernel: Kernel,
    /// What it reads; what it writes comes last.
    pub(crate) buffers: &'a [&'a wgpu::Buffer],
    pub(crate) arguments: &'a [u32],
    pub(crate) groups: [u32; 3],
}

/// Kernels in a submission: enough to make the cost of submitting small, few enough
/// that the device begins early.
const MOST_DISPATCHES: usize = 256;

/// Bytes of copies to the device that may wait.
const MOST_BYTES_WAITING: usize = 64 << 20;

impl Recorder {
    pub(crate) fn new(gpu: Rc<Gpu>) -> Self {
        let arguments_buffer = gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("arguments"),
            size: (MOST_DISPATCHES * ARGUMENT_BYTES) as u64,
            usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        Self {
            pipelines: Pipelines::new(gpu.clone()),
            gpu,
            pass: None,
            encoder: None,
            arguments: Vec::new(),
            arguments_buffer,
            counts: Counts::default(),
            bytes_waiting: 0,
        }
    }

    pub(crate) fn counts(&self) -> Counts {
        self.counts
    }

    pub(crate) fn n_pipelines(&self) -> usize {
        self.pipelines.n_compiled()
    }

    /// Takes note of a copy to the device. Copies wait, in memory of their own, for the
    /// next submission; many of them are sent on their way.
    pub(crate) fn count_upload(&mut self, n_bytes: usize) {
        self.counts.bytes_uploaded += n_bytes as u64;
        self.bytes_waiting += n_bytes;
        if self.bytes_waiting > MOST_BYTES_WAITING {
            self.bytes_waiting = 0;
            self.gpu.queue.submit([]);
        }
    }

    /// Records a kernel. Returns whether the batch is full and should be submitted.
    pub(crate) fn dispatch(&mut self, dispatch: &Dispatch<'_>) -> bool {
        let offset = self.arguments.len();
        let words = dispatch
            .arguments
            .iter()
            .flat_map(|word| word.to_le_bytes());
        self.arguments.extend(words);
        self.arguments.resize(offset + ARGUMENT_BYTES, 0);

        let arguments = wgpu::BindGroupEntry {
            binding: 0,
            resource: wgpu::BindingResource::Buffer(wgpu::BufferBinding {
                buffer: &self.arguments_buffer,
                offset: 0,
                size: wgpu::BufferSize::new(ARGUMENT_BYTES as u64),
            }),
        };
        let buffers = (1..).zip(dispatch.buffers);
        let buffers = buffers.map(|(binding, buffer)| wgpu::BindGroupEntry {
            binding,
            resource: buffer.as_entire_binding(),
        });
        let entries: Vec<_> = std::iter::once(arguments).chain(buffers).collect();
        let bind_group = self
            .gpu
            .device
            .create_bind_group(&wgpu::BindGroupDescriptor {
                label: None,
                layout: self.pipelines.layout(dispatch.kernel),
                entries: &entries,
            });
        self.counts.n_dispatches += 1;
        self.counts.bytes_bound += dispatch.buffers.iter().map(|one| one.size()).sum::<u64>();

        let Self {
            gpu,
            pass,
            encoder,
            pipelines,
            ..
        } = self;
        let pass = pass.get_or_insert_with(|| {
            let encoder = encoder.insert(new_encoder(gpu));
            let descriptor = wgpu::ComputePassDescriptor::default();
            encoder.begin_compute_pass(&descriptor).forget_lifetime()
        });
        pass.set_pipeline(pipelines.pipeline(dispatch.kernel));
        pass.set_bind_group(0, &bind_group, &[offset as u32]);
        let [x, y, z] = dispatch.groups;
        pass.dispatch_workgroups(x, y, z);
        self.arguments.len() == MOST_DISPATCHES * ARGUMENT_BYTES
    }

    /// Submits what waits, and a copy to a buffer that can be read, if one is asked for.
    pub(crate) fn submit(&mut self, read: Option<(&wgpu::Buffer, &wgpu::Buffer, u64)>) {
        self.pass = None;
        if self.encoder.is_none() && read.is_none() {
            return;
        }
        let mut encoder = self
            .encoder
            .take()
            .unwrap_or_else(|| new_encoder(&self.gpu));
        if let Some((from, to, n_bytes)) = read {
            encoder.copy_buffer_to_buffer(from, 0, to, 0, n_bytes);
            self.counts.bytes_read += n_bytes;
        }
        // Comes before the commands: the queue keeps its order.
        self.gpu
            .queue
            .write_buffer(&self.arguments_buffer, 0, &self.arguments);
        self.arguments.clear();
        self.gpu.queue.submit([encoder.finish()]);
        self.bytes_waiting = 0;
        self.counts.n_submissions += 1;
    }
}

fn new_encoder(gpu: &Gpu) -> wgpu::CommandEncoder {
    gpu.device
        .create_command_encoder(&wgpu::CommandEncoderDescriptor::default())
}
