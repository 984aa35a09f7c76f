//! Do intermediate values keep to the budget they are given?

use std::any::Any;
use std::cell::Cell;
use std::rc::Rc;

use attribution::{OptionValue, Request, method_descriptions};
use backend_cpu::Cpu;
use futures::executor::block_on;
use inseq_tests::tiny_models::{files_of, loaded_on, short_request, tiny_models};
use models::SequenceModel;
use tensor::{Backend, Buffer, Device, LocalFuture, Op, Operand, Result, Shape, Usage};

/// The processor, with a count of the bytes that are held at once.
struct Weighing {
    processor: Device,
    held: Rc<Held>,
}

#[derive(Default)]
struct Held {
    now: Cell<usize>,
    most: Cell<usize>,
}

/// A buffer of the processor's, counted as long as it lives.
struct Weighed {
    buffer: Buffer,
    n_bytes: usize,
    held: Rc<Held>,
    /// Whose values these are, if they are only seen in another shape.
    _seen: Option<Buffer>,
}

impl Drop for Weighed {
    fn drop(&mut self) {
        self.held.now.set(self.held.now.get() - self.n_bytes);
    }
}

impl Weighing {
    fn weighed(&self, buffer: Buffer, n_bytes: usize, seen: Option<Buffer>) -> Buffer {
        let now = self.held.now.get() + n_bytes;
        self.held.now.set(now);
        self.held.most.set(self.held.most.get().max(now));
        Rc::new(Weighed {
            buffer,
            n_bytes,
            held: self.held.clone(),
            _seen: seen,
        })
    }
}

fn n_bytes(shape: &Shape) -> usize {
    shape.n_values() * size_of::<f32>()
}

fn own(buffer: &Buffer) -> &Buffer {
    let buffer: &dyn Any = buffer.as_ref();
    &buffer.downcast_ref::<Weighed>().unwrap().buffer
}

impl Backend for Weighing {
    fn name(&self) -> &'static str {
        "weighing"
    }

    fn upload(&self, values: Vec<f32>, shape: &Shape, usage: Usage) -> Result<Buffer> {
        let buffer = self.processor.upload(values, shape, usage)?;
        let n_bytes = match usage {
            Usage::Weight => 0,
            Usage::Value => n_bytes(shape),
        };
        Ok(self.weighed(buffer, n_bytes, None))
    }

    fn run(&self, op: &Op, inputs: &[Operand<'_>], output: &Shape) -> Result<Buffer> {
        let own: Vec<Operand<'_>> = inputs
            .iter()
            .map(|input| Operand {
                buffer: own(input.buffer),
                shape: input.shape,
            })
            .collect();
        let made = self.processor.run(op, &own, output)?;
        Ok(match op {
            Op::Reshape { .. } => self.weighed(made, 0, Some(inputs[0].buffer.clone())),
            _ => self.weighed(made, n_bytes(output), None),
        })
    }

    fn read<'a>(&'a self, buffer: &'a Buffer) -> LocalFuture<'a, Result<Vec<f32>>> {
        self.processor.read(own(buffer))
    }
}

/// The most bytes that a request holds at once, beside the model.
fn most_bytes(model: &dyn SequenceModel, held: &Held, request: &Request) -> usize {
    let before = held.now.get();
    held.most.set(before);
    block_on(attribution::attribute(model, request, &mut |_, _| {})).unwrap();
    assert_eq!(
        held.now.get(),
        before,
        "{} leaves values behind",
        request.method
    );
    held.most.get() - before
}

#[test]
fn every_method_keeps_to_its_memory_budget() {
    for family in ["gpt2", "marian"] {
        let held = Rc::<Held>::default();
        let device: Device = Rc::new(Weighing {
            processor: Cpu::device(),
            held: held.clone(),
        });
        let model = loaded_on(files_of(&tiny_models().join(family)), &device).unwrap();
        for method in method_descriptions() {
            let mut request = short_request(model.as_ref(), method.id);
            if method.options.iter().any(|known| known.id == "n_steps") {
                let points = OptionValue::Integer(20);
                request.method_options.insert("n_steps".to_owned(), points);
            }
            // One text, or one point with one target, is the least that can be done at once.
            request.memory_budget_bytes = 1;
            let least = most_bytes(model.as_ref(), &held, &request);
            for budget in [300_000, 1_500_000] {
                request.memory_budget_bytes = budget;
                let most = most_bytes(model.as_ref(), &held, &request);
                let place = format!("{family}, {}", method.id);
                assert!(
                    most <= budget.max(least),
                    "{place}: {most} bytes of {budget}"
                );
            }
        }
    }
}
