//! Runs ops as WGSL kernels on wgpu: the second backend, in the browser's WebGPU
//! and natively.
//!
//! [`WebGpu`] records kernels and submits them in batches; nothing waits but a read,
//! which is also where the device's errors surface. Ops on single values wait as
//! expressions until their values are needed, so that several of them become one
//! kernel. Each kernel is a `.wgsl` file that says what it computes. Not here:
//! derivatives (`tensor`), models, and anything else that names no kernel.

mod buffers;
mod device;
mod dispatch;
mod error;
mod expression;
mod kernels;
mod pipelines;
mod read;
mod recorder;
mod report;
mod stored;

use std::cell::RefCell;
use std::rc::Rc;

use half::f16;
use tensor::{Backend, Buffer, Device, Error, LocalFuture, Op, Operand, Result, Shape, Usage};

use crate::buffers::{Allocation, NoRoom, Pool};
use crate::device::{Capabilities, Gpu};
use crate::kernels::{Format, Kernel};
use crate::recorder::Recorder;
use crate::stored::{Part, Ready, State, Stored};

pub use error::OpenError;
pub use recorder::Counts;
pub use report::Report;

/// A graphics processor, by WebGPU.
pub struct WebGpu {
    gpu: Rc<Gpu>,
    pool: Rc<RefCell<Pool>>,
    recorder: RefCell<Recorder>,
    keeps_weights_as_f16: bool,
}

/// How to open a device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OpenOptions {
    /// Ask for nothing that not every WebGPU has.
    pub is_restricted_to_defaults: bool,
    /// A smaller limit than the device has for what one kernel may see of a buffer.
    pub largest_binding_bytes: Option<u64>,
    /// Use no more memory than this.
    pub room_bytes: Option<u64>,
    /// Keep weights as 16-bit floats: refused where the device cannot read them. Half the
    /// memory, and an error of some 5e-4 in each weight. Arithmetic has 32 bits in any case.
    pub keeps_weights_as_f16: bool,
}

/// The backend's name.
const NAME: &str = "webgpu";

impl WebGpu {
    /// Opens the system's fastest graphics processor.
    ///
    /// # Errors
    /// If there is none, it is refused, or it cannot keep weights as asked.
    pub async fn open(options: &OpenOptions) -> Result<Rc<Self>, OpenError> {
        let gpu = Gpu::open(options).await?;
        if options.keeps_weights_as_f16 && !gpu.capabilities.has_f16 {
            let adapter = gpu.adapter.name.clone();
            return Err(OpenError::NoF16 { adapter });
        }
        Ok(Rc::new(Self {
            keeps_weights_as_f16: options.keeps_weights_as_f16,
            pool: Pool::new(gpu.clone(), options.room_bytes),
            recorder: RefCell::new(Recorder::new(gpu.clone())),
            gpu,
        }))
    }

    /// The same, as a device for tensors, and with the reason in words where there is none.
    pub fn open_device(options: OpenOptions) -> LocalFuture<'static, Result<Device, String>> {
        Box::pin(async move {
            let opened = Self::open(&options).await;
            let device: Device = opened.map_err(|error| error.to_string())?;
            Ok(device)
        })
    }

    /// What it is, and what it did.
    pub fn report(&self) -> Report {
        let recorder = self.recorder.borrow();
        let pool = self.pool.borrow();
        Report::new(&self.gpu, &pool, &recorder)
    }

    /// Gives the device up, as a system does when it resets its graphics: what is asked
    /// of it from here on fails.
    pub fn lose(&self) {
        self.gpu.device.destroy();
    }

    /// Submits what is recorded.
    fn submit(&self) {
        self.recorder.borrow_mut().submit(None);
        self.pool.borrow_mut().destroy_retired();
    }

    fn take(&self, n_values: usize) -> Result<Allocation> {
        Pool::take(&self.pool, n_values * size_of::<f32>()).map_err(no_room)
    }

    /// The same values by other axes.
    fn reshape(&self, buffer: &Buffer, from: &[usize], to: &[usize]) -> Result<Buffer> {
        let stored = own(buffer);
        if let State::Waiting(expression) = stored.state()
            && let Some(cut) = expression.cut_axes(from, to)
        {
            return Ok(Rc::new(Stored::waiting(cut)));
        }
        // What waits otherwise has axes of its own, and what is in parts has rows.
        let ready = self.ready(&stored)?;
        if ready.parts.len() > 1 {
            let whole = self.in_one_part("reshape", &ready)?;
            let state = RefCell::new(State::Ready(whole));
            return Ok(Rc::new(Stored { state }));
        }
        Ok(buffer.clone())
    }

    fn check_not_lost(&self) -> Result<()> {
        match self.gpu.lost() {
            Some(reason) => Err(Error::DeviceLost {
                device: NAME,
                reason,
            }),
            None => Ok(()),
        }
    }

    fn filled(&self, values: &[f32], format: Format) -> Result<Allocation> {
        let narrowed: Vec<u16>;
        let bytes = match format {
            Format::F32 => bytemuck::cast_slice(values),
            Format::F16 => {
                narrowed = values
                    .iter()
                    .map(|value| f16::from_f32(*value).to_bits())
                    .collect();
                bytemuck::cast_slice(&narrowed)
            }
        };
        self.recorder.borrow_mut().count_upload(bytes.len());
        Pool::filled(&self.pool, bytes).map_err(no_room)
    }
}

impl Backend for WebGpu {
    fn name(&self) -> &'static str {
        NAME
    }

    fn is_emulated(&self) -> bool {
        self.report().is_software
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        self.report().facts()
    }

    fn memory_budget_bytes(&self) -> usize {
        // More at once keeps a large device busy; small limits are those of small ones.
        const MOST: u64 = 1 << 30;
        (2 * self.gpu.largest_binding).min(MOST) as usize
    }

    fn upload(&self, values: Vec<f32>, shape: &Shape, usage: Usage) -> Result<Buffer> {
        self.check_not_lost()?;
        if self.pool.borrow().has_much_retired() {
            // An old model's memory, before a new one's is asked for.
            self.submit();
        }
        let n_columns = match (usage, shape.lengths()) {
            (Usage::Weight, [_, n_columns]) => Some((*n_columns).max(1)),
            _ => None,
        };
        let format = match n_columns {
            Some(_) if self.keeps_weights_as_f16 => Format::F16,
            _ => Format::F32,
        };
        let width = n_columns.unwrap_or(values.len().max(1));
        let most_rows = self.gpu.largest_binding / (width * format.bytes()) as u64;
        let most_rows = usize::try_from(most_rows).unwrap_or(usize::MAX);
        if most_rows == 0 {
            return Err(too_large("upload", width * format.bytes()));
        }
        let mut parts = Vec::new();
        for (number, some) in values.chunks(width.saturating_mul(most_rows)).enumerate() {
            parts.push(Part {
                allocation: self.filled(some, format)?,
                first_row: number * most_rows,
                n_rows: some.len() / width,
                n_values: some.len(),
            });
        }
        if parts.is_empty() {
            return Ok(Rc::new(Stored::ready(Ready::of_one_part(self.take(0)?, 0))));
        }
        Ok(Rc::new(Stored::ready(Ready { parts, format })))
    }

    fn run(&self, op: &Op, inputs: &[Operand<'_>], output: &Shape) -> Result<Buffer> {
        self.check_not_lost()?;
        if let Op::Reshape { from, to } = op {
            return self.reshape(inputs[0].buffer, from, to);
        }
        Ok(Rc::new(self.dispatch(op, inputs, output)?))
    }

    fn read<'a>(&'a self, buffer: &'a Buffer) -> LocalFuture<'a, Result<Vec<f32>>> {
        Box::pin(self.read_values(own(buffer)))
    }
}

fn own(buffer: &Buffer) -> Rc<Stored> {
    buffer
        .clone()
        .downcast()
        .expect("a tensor is only ever given to the backend that made it")
}

/// More than a kernel can see at once: smaller pieces would do.
fn too_large(op: &'static str, n_bytes: usize) -> Error {
    Error::OutOfMemory {
        device: NAME,
        op,
        bytes: n_bytes as u64,
    }
}

fn no_room(error: NoRoom) -> Error {
    Error::OutOfMemory {
        device: NAME,
        op: "allocate",
        bytes: error.bytes,
    }
}

/// Every kernel in every variant, with and without subgroups: its name and its source.
pub fn kernel_sources() -> Vec<(String, String)> {
    let mut sources = Vec::new();
    for subgroup_threads in [None, Some(8), Some(32)] {
        let capabilities = Capabilities {
            subgroup_threads,
            has_f16: true,
        };
        for kernel in Kernel::all() {
            let name = format!("{kernel:?}, subgroups of {subgroup_threads:?}");
            sources.push((name, kernel.source(capabilities)));
        }
    }
    sources
}
