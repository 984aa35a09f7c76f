//! Runs ops on the processor, by candle.
//!
//! [`Cpu`] keeps every buffer as a contiguous candle tensor of 32-bit floats, and of
//! weights, once a reverse pass asks for it, the transpose. Products, sums and moves
//! are candle's; what candle has no kernel for is a plain loop over rows. Not
//! here: shapes are checked and derivatives are written in `tensor`; this crate knows
//! no gradient.

mod buffer;
mod loops;
mod products;
mod run;

use std::cell::Cell;
use std::rc::Rc;

use candle_core::Device as CandleDevice;
use tensor::{Backend, Buffer, Device, Error, LocalFuture, Op, Operand, Result, Shape, Usage};

use crate::buffer::{CpuBuffer, ROOM_FOR_TRANSPOSES};

/// The processor.
#[derive(Debug)]
pub struct Cpu {
    room_for_transposes: Rc<Cell<usize>>,
}

impl Cpu {
    /// The processor as a device for tensors.
    pub fn device() -> Device {
        Rc::new(Cpu {
            room_for_transposes: Rc::new(Cell::new(ROOM_FOR_TRANSPOSES)),
        })
    }
}

impl Backend for Cpu {
    fn name(&self) -> &'static str {
        "cpu"
    }

    fn weights_memory_bytes(&self, n_bytes: u64) -> u64 {
        n_bytes.saturating_add(n_bytes.min(ROOM_FOR_TRANSPOSES as u64))
    }

    #[cfg(target_arch = "wasm32")]
    fn facts(&self) -> Vec<(&'static str, String)> {
        // It never shrinks: this is the most that was used.
        let n_bytes = core::arch::wasm32::memory_size::<0>() << 16;
        let megabytes = format!("{:.0} MB", n_bytes as f64 / 1e6);
        vec![("memory of the program", megabytes)]
    }

    fn upload(&self, values: Vec<f32>, shape: &Shape, usage: Usage) -> Result<Buffer> {
        let values = candle_core::Tensor::from_vec(values, shape.lengths(), &CandleDevice::Cpu)
            .map_err(|error| failure("upload", &error))?;
        Ok(Rc::new(match usage {
            Usage::Weight => CpuBuffer::weight(values, self.room_for_transposes.clone()),
            Usage::Value => CpuBuffer::value(values),
        }))
    }

    fn run(&self, op: &Op, inputs: &[Operand<'_>], output: &Shape) -> Result<Buffer> {
        let inputs: Vec<&CpuBuffer> = inputs.iter().map(|input| own(input.buffer)).collect();
        let made = run::run(op, &inputs, output).map_err(|error| failure(op.name(), &error))?;
        Ok(Rc::new(CpuBuffer::value(made)))
    }

    fn read<'a>(&'a self, buffer: &'a Buffer) -> LocalFuture<'a, Result<Vec<f32>>> {
        Box::pin(async move {
            own(buffer)
                .values
                .flatten_all()
                .and_then(|flat| flat.to_vec1())
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
