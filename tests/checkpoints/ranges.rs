//! A checkpoint is never in memory as a whole.

use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;

use futures::executor::block_on;
use models::{Checkpoint, FileBytes};
use safetensors::Dtype;
use safetensors::tensor::TensorView;
use tensor::LocalFuture;

use crate::written_pickle::{Format, PickledTensor, legacy_file, state_dict};
use crate::written_zip::archive;

/// A file that remembers what was read of it.
struct Watched {
    bytes: Vec<u8>,
    n_read: RefCell<Vec<u64>>,
}

impl FileBytes for Watched {
    fn n_bytes(&self) -> u64 {
        self.bytes.n_bytes()
    }

    fn read(&self, range: Range<u64>) -> LocalFuture<'_, Result<Vec<u8>, String>> {
        self.n_read.borrow_mut().push(range.end - range.start);
        self.bytes.read(range)
    }
}

/// A file that cannot be read.
struct Gone;

impl FileBytes for Gone {
    fn n_bytes(&self) -> u64 {
        1 << 20
    }

    fn read(&self, _: Range<u64>) -> LocalFuture<'_, Result<Vec<u8>, String>> {
        Box::pin(async { Err("the file was moved".to_owned()) })
    }
}

/// A file that gives fewer bytes than were asked for.
struct Short;

impl FileBytes for Short {
    fn n_bytes(&self) -> u64 {
        1 << 20
    }

    fn read(&self, _: Range<u64>) -> LocalFuture<'_, Result<Vec<u8>, String>> {
        Box::pin(async { Ok(vec![0]) })
    }
}

const N_VALUES: u64 = 5 << 20;
const MOST_READ_TO_OPEN: u64 = 600 << 10;
const MOST_READ_AT_ONCE: u64 = 8 << 20;

fn safetensors_file(values: &[u8]) -> Vec<u8> {
    let view = TensorView::new(Dtype::F32, vec![N_VALUES as usize], values).unwrap();
    safetensors::serialize([("w", view)], None).unwrap()
}

#[test]
fn opening_reads_little_and_taking_reads_pieces() {
    let values: Vec<u8> = (0..N_VALUES)
        .flat_map(|number| (number as f32).to_le_bytes())
        .collect();
    let tensors = [PickledTensor::row("w", "FloatStorage", N_VALUES)];
    let state = state_dict(&tensors, Format::Legacy);
    for (name, bytes) in [
        ("a.safetensors", safetensors_file(&values)),
        ("a.bin", archive(&tensors, &[("0", &values)])),
        ("b.bin", legacy_file(&state, &[("0", N_VALUES, &values)])),
    ] {
        let n_read = RefCell::default();
        let file = Rc::new(Watched { bytes, n_read });
        let asked: Rc<dyn FileBytes> = file.clone();
        let mut checkpoint = block_on(Checkpoint::open([(name.to_owned(), asked)])).unwrap();
        let to_open: u64 = file.n_read.take().iter().sum();
        assert!(to_open < MOST_READ_TO_OPEN, "{name}: {to_open} bytes");

        let array = block_on(checkpoint.take("w")).unwrap();
        let whole = array.values.iter().enumerate();
        assert!(
            whole
                .into_iter()
                .all(|(number, value)| *value == number as f32)
        );
        let pieces = file.n_read.take();
        assert_eq!(pieces.iter().sum::<u64>(), 4 * N_VALUES, "{name}");
        assert!(pieces.iter().all(|n_bytes| *n_bytes <= MOST_READ_AT_ONCE));
    }
}

#[test]
fn a_file_that_cannot_be_read_is_named_with_the_reason() {
    let files: [(Rc<dyn FileBytes>, &str); 2] = [
        (Rc::new(Gone), "the file was moved"),
        (Rc::new(Short), "bytes were asked for, 1 came"),
    ];
    for (file, reason) in files {
        for name in ["model.safetensors", "pytorch_model.bin"] {
            let opened = block_on(Checkpoint::open([(name.to_owned(), file.clone())]));
            let error = opened.err().unwrap().to_string();
            assert!(
                error.starts_with(&format!("file {name:?} cannot be read: ")),
                "{error}"
            );
            assert!(error.ends_with(reason), "{error}");
        }
    }
}
