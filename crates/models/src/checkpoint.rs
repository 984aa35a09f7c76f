//! Named arrays in the files that the Hub has.

#[cfg(test)]
pub(crate) mod at_once;
mod cursor;
mod file_bytes;
mod foreseen;
mod pickle;
mod pytorch;
mod safetensors;
mod stored;

use std::collections::BTreeMap;
use std::rc::Rc;

pub use file_bytes::FileBytes;
use file_bytes::WeightsFile;
pub use foreseen::{Foreseen, ForeseenPart, foreseen};
use stored::Stored;

use crate::{Error, Result};

/// How many names an error about a missing tensor shows.
const N_NAMES_SHOWN: usize = 3;

/// Named arrays of 32-bit floats, as checkpoint files hold them.
///
/// Only names and places are in memory; a tensor is read, and becomes floats, when it
/// is taken. So a model is never in memory as a whole, in no precision.
///
/// Nothing in a file is carried out, whatever its format, and nothing that a file
/// claims makes room for more than the file has. The futures wait for nothing but
/// [`FileBytes::read`]: those over a `Vec<u8>` are ready when they are first asked.
pub struct Checkpoint {
    files: Vec<WeightsFile>,
    /// Each with the number of its file.
    stored: BTreeMap<String, (usize, Stored)>,
}

/// A dense array, row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// Length of each axis, outermost first.
    pub shape: Vec<usize>,
    /// The values; as many as the product of `shape`. All of them are finite.
    pub values: Vec<f32>,
}

impl Checkpoint {
    /// Reads what the files of one model say of their tensors: names, shapes, places.
    ///
    /// A file whose name ends in `.safetensors` is of that format; every other is one
    /// of `torch.save`, an archive or one from before PyTorch 1.6.
    ///
    /// # Errors
    /// If a file cannot be read, is broken or cut off, asks for anything but tensors,
    /// or if two files have a tensor of the same name.
    pub async fn open(
        files: impl IntoIterator<Item = (String, Rc<dyn FileBytes>)>,
    ) -> Result<Self> {
        let mut checkpoint = Self {
            files: Vec::new(),
            stored: BTreeMap::new(),
        };
        for (name, bytes) in files {
            checkpoint.add_file(WeightsFile { name, bytes }).await?;
        }
        Ok(checkpoint)
    }

    async fn add_file(&mut self, file: WeightsFile) -> Result<()> {
        let tensors = if file.name.ends_with(".safetensors") {
            safetensors::stored_tensors(&file).await?
        } else {
            pytorch::stored_tensors(&file).await?
        };
        for (name, stored) in tensors {
            if let Some((earlier, _)) = self.stored.get(&name) {
                return Err(file.broken(format!(
                    "tensor {name:?} is in file {:?} too",
                    self.files[*earlier].name
                )));
            }
            self.stored.insert(name, (self.files.len(), stored));
        }
        self.files.push(file);
        Ok(())
    }

    /// The names of the tensors not yet taken, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.stored.keys().map(String::as_str)
    }

    /// Whether there is a tensor of this name, not yet taken.
    pub fn contains(&self, name: &str) -> bool {
        self.stored.contains_key(name)
    }

    /// The shape of a tensor not yet taken.
    pub fn shape(&self, name: &str) -> Option<&[usize]> {
        let (_, stored) = self.stored.get(name)?;
        Some(&stored.shape)
    }

    /// Takes a tensor out, reads it and makes floats of it. Tensors that share their
    /// values are each taken by their own name.
    ///
    /// # Errors
    /// If the tensor is absent or already taken, cannot be read, does not hold floats
    /// of 32 or 16 bits, or if a value is not finite.
    pub async fn take(&mut self, name: &str) -> Result<Array> {
        let Some((file, stored)) = self.stored.remove(name) else {
            return Err(Error::MissingTensor {
                name: name.to_owned(),
                first_names: self
                    .names()
                    .take(N_NAMES_SHOWN)
                    .map(str::to_owned)
                    .collect(),
            });
        };
        let values = stored.floats(name, &self.files[file]).await?;
        if let Some(position) = values.iter().position(|value| !value.is_finite()) {
            return Err(Error::NotFinite {
                name: name.to_owned(),
                value: values[position],
                position,
                count: values.len(),
            });
        }
        Ok(Array {
            shape: stored.shape,
            values,
        })
    }

    /// Takes a tensor out like [`take`](Self::take); another shape than the expected
    /// one is an error, and leaves the tensor where it is.
    pub async fn take_shaped(&mut self, name: &str, expected: &[usize]) -> Result<Vec<f32>> {
        match self.shape(name) {
            Some(found) if found != expected => Err(Error::TensorShape {
                name: name.to_owned(),
                expected: expected.to_vec(),
                found: found.to_vec(),
            }),
            _ => Ok(self.take(name).await?.values),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::at_once::at_once;
    use super::{Array, Checkpoint};
    use crate::Result;

    fn opened(bytes: Vec<u8>) -> Result<Checkpoint> {
        let file: (String, Rc<dyn super::FileBytes>) =
            ("model.safetensors".to_owned(), Rc::new(bytes));
        at_once(Checkpoint::open([file]))
    }

    fn take(checkpoint: &mut Checkpoint, name: &str) -> Result<Array> {
        at_once(checkpoint.take(name))
    }

    /// A `.safetensors` file with the given header and data.
    fn file(header: &str, data: &[u8]) -> Vec<u8> {
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend_from_slice(header.as_bytes());
        bytes.extend_from_slice(data);
        bytes
    }

    fn message(bytes: Vec<u8>) -> String {
        opened(bytes).err().expect("must be refused").to_string()
    }

    fn floats(values: &[f32]) -> Vec<u8> {
        values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect()
    }

    const PAIR: &str = r#"{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#;

    #[test]
    fn floats_of_three_kinds_are_read() {
        let header = r#"{"__metadata__":{"format":"pt"},
            "a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},
            "b":{"dtype":"F16","shape":[2],"data_offsets":[8,12]},
            "c":{"dtype":"BF16","shape":[],"data_offsets":[12,14]}}"#;
        let mut data = floats(&[1.5, -2.0]);
        data.extend(
            [0.25, 3.0]
                .into_iter()
                .flat_map(|v| half::f16::from_f32(v).to_le_bytes()),
        );
        data.extend(half::bf16::from_f32(-8.0).to_le_bytes());
        let mut checkpoint = opened(file(header, &data)).unwrap();

        assert_eq!(checkpoint.names().collect::<Vec<_>>(), ["a", "b", "c"]);
        assert_eq!(
            take(&mut checkpoint, "a").unwrap(),
            Array {
                shape: vec![1, 2],
                values: vec![1.5, -2.0]
            }
        );
        assert_eq!(take(&mut checkpoint, "b").unwrap().values, [0.25, 3.0]);
        assert_eq!(
            take(&mut checkpoint, "c").unwrap(),
            Array {
                shape: vec![],
                values: vec![-8.0]
            }
        );
        assert!(!checkpoint.contains("a"));
    }

    #[test]
    fn an_absent_tensor_is_named_with_some_that_are_there() {
        let mut checkpoint = opened(file(PAIR, &[0; 8])).unwrap();
        assert_eq!(
            take(&mut checkpoint, "h.0.weight").unwrap_err().to_string(),
            r#"checkpoint has no tensor "h.0.weight"; it starts with "w""#
        );
        take(&mut checkpoint, "w").unwrap();
        assert_eq!(
            take(&mut checkpoint, "w").unwrap_err().to_string(),
            r#"checkpoint has no tensor "w"; it is empty"#
        );
    }

    #[test]
    fn a_wrong_shape_shows_both_shapes() {
        let mut checkpoint = opened(file(PAIR, &[0; 8])).unwrap();
        assert_eq!(
            at_once(checkpoint.take_shaped("w", &[768, 2304]))
                .unwrap_err()
                .to_string(),
            r#"tensor "w" has the wrong shape: expected [768, 2304], found [2]"#
        );
        assert_eq!(
            at_once(checkpoint.take_shaped("w", &[2])).unwrap(),
            [0.0, 0.0]
        );
    }

    #[test]
    fn damaged_weights_are_found() {
        for (value, shown) in [(f32::NAN, "NaN"), (f32::INFINITY, "inf")] {
            let bytes = file(PAIR, &floats(&[0.0, value]));
            let error = take(&mut opened(bytes).unwrap(), "w").unwrap_err();
            assert_eq!(
                error.to_string(),
                format!(r#"tensor "w" is damaged: value 1 of 2 is {shown}"#)
            );
        }
    }

    #[test]
    fn integers_are_refused_when_taken_and_not_before() {
        let header = r#"{"mask":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#;
        let mut checkpoint = opened(file(header, &[1])).unwrap();
        assert_eq!(
            take(&mut checkpoint, "mask").unwrap_err().to_string(),
            r#"tensor "mask" holds U8 numbers; F32, F16 and BF16 are supported"#
        );
    }

    #[test]
    fn truncated_files_are_refused() {
        let whole = file(PAIR, &[0; 8]);
        for length in 0..whole.len() {
            let error = message(whole[..length].to_vec());
            assert!(
                error.starts_with("checkpoint is truncated"),
                "{length}: {error}"
            );
        }
    }

    #[test]
    fn headers_that_lie_about_sizes_are_refused() {
        let with_tensor = |tensor: &str| message(file(&format!(r#"{{"w":{tensor}}}"#), &[0; 8]));
        for tensor in [
            // More values than bytes.
            r#"{"dtype":"F32","shape":[3],"data_offsets":[0,8]}"#,
            // Overlapping the end.
            r#"{"dtype":"F32","shape":[4],"data_offsets":[0,16]}"#,
            // Fewer bytes than the file has.
            r#"{"dtype":"F32","shape":[1],"data_offsets":[0,4]}"#,
            // Backwards.
            r#"{"dtype":"F32","shape":[2],"data_offsets":[8,0]}"#,
            // A product beyond any memory.
            r#"{"dtype":"F32","shape":[4294967296,4294967296,4294967296],"data_offsets":[0,8]}"#,
            // An end so far that sums with it overflow.
            r#"{"dtype":"U8","shape":[18446744073709551615],"data_offsets":[0,18446744073709551615]}"#,
            r#"{"dtype":"F31","shape":[2],"data_offsets":[0,8]}"#,
            r#"{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}"#,
        ] {
            let error = with_tensor(tensor);
            assert!(error.starts_with("checkpoint "), "{tensor}: {error}");
        }
        let mut endless = file(PAIR, &[0; 8]);
        endless[..8].copy_from_slice(&u64::MAX.to_le_bytes());
        assert!(message(endless).starts_with("checkpoint is truncated"));
        assert!(message(file("not json", &[])).starts_with("checkpoint header is broken"));
    }
}
