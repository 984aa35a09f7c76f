//! Do methods cost what is said of them before they run?

use std::cell::Cell;
use std::rc::Rc;

use attribution::{OptionValue, Request, RunSize, method_descriptions, n_passes};
use backend_cpu::Cpu;
use futures::executor::block_on;
use inseq_tests::tiny_models::{files_of, loaded_on, short_request, tiny_models};
use models::SequenceModel;
use tensor::{Backend, Buffer, Device, LocalFuture, Op, Operand, Result, Shape, Transposed, Usage};

/// The processor, with a count of what it multiplies in the layers of a model.
struct Counting {
    processor: Device,
    /// Products with this many columns choose a token, and are not counted.
    vocabulary_size: Cell<usize>,
    n_multiplications: Rc<Cell<u64>>,
}

impl Backend for Counting {
    fn name(&self) -> &'static str {
        "counting"
    }

    fn upload(&self, values: Vec<f32>, shape: &Shape, usage: Usage) -> Result<Buffer> {
        self.processor.upload(values, shape, usage)
    }

    fn run(&self, op: &Op, inputs: &[Operand<'_>], output: &Shape) -> Result<Buffer> {
        if let Op::MatMul(transposed) = op {
            let lengths = inputs[0].shape.lengths();
            let n_summed = match transposed {
                Transposed::Left => lengths[lengths.len() - 2],
                Transposed::Neither | Transposed::Right => lengths[lengths.len() - 1],
            };
            let n_columns = output.lengths().last().copied().unwrap_or(1);
            if ![n_summed, n_columns].contains(&self.vocabulary_size.get()) {
                let n_values: usize = output.lengths().iter().product();
                let n = self.n_multiplications.get() + (n_values * n_summed) as u64;
                self.n_multiplications.set(n);
            }
        }
        self.processor.run(op, inputs, output)
    }

    fn read<'a>(&'a self, buffer: &'a Buffer) -> LocalFuture<'a, Result<Vec<f32>>> {
        self.processor.read(buffer)
    }
}

/// A tiny model, and what counts its work.
fn counted(family: &str) -> (Box<dyn SequenceModel>, Rc<Cell<u64>>) {
    let counting = Rc::new(Counting {
        processor: Cpu::device(),
        vocabulary_size: Cell::new(0),
        n_multiplications: Rc::default(),
    });
    let device: Device = counting.clone();
    let model = loaded_on(files_of(&tiny_models().join(family)), &device).unwrap();
    counting
        .vocabulary_size
        .set(model.summary().vocabulary_size);
    (model, counting.n_multiplications.clone())
}

fn n_multiplications(model: &dyn SequenceModel, count: &Cell<u64>, request: &Request) -> f64 {
    count.set(0);
    block_on(attribution::attribute(model, request, &mut |_, _| {})).unwrap();
    count.get() as f64
}

#[test]
fn every_method_costs_about_what_is_said() {
    for family in ["gpt2", "marian"] {
        let (model, count) = counted(family);
        let model = model.as_ref();
        let one_pass = n_multiplications(model, &count, &short_request(model, "attention"));
        assert!(one_pass > 1e4, "{family}: {one_pass}");
        for method in method_descriptions() {
            let mut request = short_request(model, method.id);
            for (option, value) in [("n_steps", 6), ("n_samples", 9), ("max_probe_steps", 20)] {
                if method.options.iter().any(|known| known.id == option) {
                    let value = OptionValue::Integer(value);
                    request.method_options.insert(option.to_owned(), value);
                }
            }
            let n_source = request.source.as_ref().map_or(0, Vec::len);
            let range = request.n_given..request.target.len();
            let size = RunSize {
                n_tokens: n_source + range.end - 1,
                n_targets: range.len(),
                n_layers: model.summary().n_layers,
            };
            let said = n_passes(method.id, &request.method_options, size).unwrap();
            let found = n_multiplications(model, &count, &request) / one_pass;
            let place = format!("{family}, {}: {found:.1} passes, said {said:.1}", method.id);
            assert!(found < 2.0 * said, "{place}");
            // Its probes end early when they have found enough.
            let may_end_early = method.id == "reagent";
            assert!(may_end_early || found > said / 2.5, "{place}");
        }
    }
}

#[test]
fn each_layer_of_all_layers_is_counted() {
    let size = RunSize {
        n_tokens: 10,
        n_targets: 4,
        n_layers: 12,
    };
    let all = [(
        "target_layer".to_owned(),
        OptionValue::Text("all".to_owned()),
    )];
    for (method, factor) in [
        ("layer_gradient_x_activation", 1.0),
        ("layer_integrated_gradients", 12.0),
        ("layer_deeplift", 12.0),
    ] {
        let one = n_passes(method, &Default::default(), size).unwrap();
        let every = n_passes(method, &all.clone().into(), size).unwrap();
        assert_eq!(every / one, factor, "{method}");
    }
    assert!(n_passes("salience", &Default::default(), size).is_err());
}
