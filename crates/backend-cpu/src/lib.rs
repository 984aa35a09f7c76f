//! Runs ops on the processor, by candle.
//!
//! [`Cpu`] keeps every buffer as a contiguous candle tensor of 32-bit floats, and of
//! weights, once a reverse pass asks for it, the transpose. Sums and moves are candle's,
//! and natively products; in a browser these are this crate's own, by weights packed
//! once. What candle has no kernel for is a plain loop over rows. Products and loops are
//! shared among rayon's threads, of which a browser has one if nobody started more. Not
//! here: shapes are checked and derivatives are written in `tensor`; this crate knows no
//! gradient.

mod buffer;
mod functions;
mod lanes;
mod loops;
mod own_products;
mod packed;
mod parts;
mod products;
mod profile;
mod run;

use std::cell::Cell;
use std::rc::Rc;

use candle_core::Device as CandleDevice;
use tensor::{Backend, Buffer, Device, Error, LocalFuture, Op, Operand, Result, Shape, Usage};

use crate::buffer::{CpuBuffer, ROOM_FOR_TRANSPOSES};
use crate::packed::PackedMatrix;
use crate::profile::Profile;

/// The processor.
#[derive(Debug)]
pub struct Cpu {
    kernels: Kernels,
    room_for_transposes: Rc<Cell<usize>>,
    profile: Option<Profile>,
}

/// Whose kernels multiply matrices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kernels {
    /// Candle's, which measure faster natively.
    Candle,
    /// This crate's, which measure faster in wasm. Weights are packed for them.
    Own,
}

impl Kernels {
    const HERE: Self = if cfg!(target_arch = "wasm32") {
        Self::Own
    } else {
        Self::Candle
    };

    fn in_words(self) -> &'static str {
        match self {
            Self::Candle => "candle's; weights also transposed, once a reverse pass needs it",
            Self::Own if cfg!(all(target_arch = "wasm32", feature = "relaxed-simd")) => {
                "weights packed once for both directions, relaxed SIMD"
            }
            Self::Own => "weights packed once for both directions, plain SIMD",
        }
    }
}

impl Cpu {
    /// The processor as a device for tensors.
    pub fn device() -> Device {
        Self::with(Kernels::HERE, None)
    }

    /// The same, which adds to its facts what each op has taken, by this clock.
    pub fn device_with_clock(clock_secs: fn() -> f64) -> Device {
        Self::with(Kernels::HERE, Some(Profile::new(clock_secs)))
    }

    /// The processor with the kernels that it has in a browser, wherever it is: so that
    /// they can be tested anywhere.
    pub fn device_as_in_browsers() -> Device {
        Self::with(Kernels::Own, None)
    }

    fn with(kernels: Kernels, profile: Option<Profile>) -> Device {
        #[cfg(not(target_arch = "wasm32"))]
        products::share_no_product();
        Rc::new(Cpu {
            kernels,
            room_for_transposes: Rc::new(Cell::new(ROOM_FOR_TRANSPOSES)),
            profile,
        })
    }
}

impl Backend for Cpu {
    fn name(&self) -> &'static str {
        "cpu"
    }

    fn weights_memory_bytes(&self, n_bytes: u64) -> u64 {
        match self.kernels {
            Kernels::Candle => n_bytes.saturating_add(n_bytes.min(ROOM_FOR_TRANSPOSES as u64)),
            // What is packed is not kept beside that.
            Kernels::Own => n_bytes,
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let mut facts = Vec::new();
        #[cfg(target_arch = "wasm32")]
        {
            // It never shrinks: this is the most that was used.
            let n_bytes = core::arch::wasm32::memory_size::<0>() << 16;
            facts.push((
                "memory of the program",
                format!("{:.0} MB", n_bytes as f64 / 1e6),
            ));
        }
        facts.push(("matrix products", self.kernels.in_words().to_owned()));
        facts.push(("threads", rayon::current_num_threads().to_string()));
        if let Some(profile) = &self.profile {
            facts.push(("time by op", profile.in_words()));
        }
        facts
    }

    fn upload(&self, values: Vec<f32>, shape: &Shape, usage: Usage) -> Result<Buffer> {
        if let (Kernels::Own, Usage::Weight, &[n_rows, n_columns]) =
            (self.kernels, usage, shape.lengths())
        {
            let packed = PackedMatrix::new(&values, n_rows, n_columns);
            return Ok(Rc::new(CpuBuffer::packed(packed)));
        }
        let values = candle_core::Tensor::from_vec(values, shape.lengths(), &CandleDevice::Cpu)
            .map_err(|error| failure("upload", &error))?;
        Ok(Rc::new(match usage {
            Usage::Weight => CpuBuffer::weight(values, self.room_for_transposes.clone()),
            Usage::Value => CpuBuffer::value(values),
        }))
    }

    fn run(&self, op: &Op, inputs: &[Operand<'_>], output: &Shape) -> Result<Buffer> {
        let inputs: Vec<&CpuBuffer> = inputs.iter().map(|input| own(input.buffer)).collect();
        let run = || run::run(self.kernels, op, &inputs, output);
        let made = match &self.profile {
            Some(profile) => profile.timed(op.name(), run),
            None => run(),
        };
        let made = made.map_err(|error| failure(op.name(), &error))?;
        Ok(Rc::new(CpuBuffer::value(made)))
    }

    fn read<'a>(&'a self, buffer: &'a Buffer) -> LocalFuture<'a, Result<Vec<f32>>> {
        Box::pin(async move {
            own(buffer)
                .plain()
                .and_then(|values| values.flatten_all()?.to_vec1())
                .map_err(|error| failure("read", &error))
        })
    }
}

fn own(buffer: &Buffer) -> &CpuBuffer {
    buffer
        .downcast_ref()
        .expect("a tensor is only ever given to the backend that made it")
}

fn failure(op: &'static str, error: &candle_core::Error) -> Error {
    Error::Device {
        device: "cpu",
        op,
        // Candle may print a backtrace after the first line.
        message: error
            .to_string()
            .lines()
            .next()
            .unwrap_or_default()
            .to_owned(),
    }
}
