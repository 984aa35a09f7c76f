//! Runs ops on the processor, by candle.
//!
//! [`Cpu`] keeps every buffer as a contiguous candle tensor of 32-bit floats.
//! Products, sums and moves are candle's; what candle has no kernel for is a plain
//! loop over rows. Not here: shapes are checked and derivatives are written in
//! `tensor`; this crate knows no gradient.

mod loops;
mod products;
mod run;

use std::rc::Rc;

use candle_core::Device as CandleDevice;
use tensor::{Backend, Buffer, Device, Error, LocalFuture, Op, Operand, Result, Shape, Usage};

/// The processor.
#[derive(Debug)]
pub struct Cpu;

impl Cpu {
    /// The processor as a device for tensors.
    pub fn device() -> Device {
        Rc::new(Cpu)
    }
}

impl Backend for Cpu {
    fn name(&self) -> &'static str {
        "cpu"
    }

    fn upload(&self, values: Vec<f32>, shape: &Shape, _usage: Usage) -> Result<Buffer> {
        let uploaded = candle_core::Tensor::from_vec(values, shape.lengths(), &CandleDevice::Cpu);
        Ok(Rc::new(
            uploaded.map_err(|error| failure("upload", &error))?,
        ))
    }

    fn run(&self, op: &Op, inputs: &[Operand<'_>], output: &Shape) -> Result<Buffer> {
        let values: Vec<&candle_core::Tensor> =
            inputs.iter().map(|input| values_of(input.buffer)).collect();
        let made = run::run(op, &values, output).map_err(|error| failure(op.name(), &error))?;
        Ok(Rc::new(made))
    }

    fn read<'a>(&'a self, buffer: &'a Buffer) -> LocalFuture<'a, Result<Vec<f32>>> {
        Box::pin(async move {
            values_of(buffer)
                .flatten_all()
                .and_then(|flat| flat.to_vec1())
                .map_err(|error| failure("read", &error))
        })
    }
}

fn values_of(buffer: &Buffer) -> &candle_core::Tensor {
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
