use std::collections::BTreeMap;
use std::ops::Range;

use crate::{Error, Result};

mod safetensors;

/// How many names an error about a missing tensor shows.
const N_NAMES_SHOWN: usize = 3;

/// Named arrays of 32-bit floats, as a checkpoint file holds them.
///
/// The file's bytes are kept as they are; a tensor becomes floats when it is
/// taken, so that a model in half precision never lies in memory twice in full
/// precision.
pub struct Checkpoint {
    bytes: Vec<u8>,
    stored: BTreeMap<String, Stored>,
}

/// A dense array, row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// Length of each axis, outermost first.
    pub shape: Vec<usize>,
    /// The values; as many as the product of `shape`. All of them are finite.
    pub values: Vec<f32>,
}

/// Where a tensor lies in the file. Whoever makes one has checked that `range` is
/// within the bytes and as long as `shape` and `format` say.
struct Stored {
    format: NumberFormat,
    shape: Vec<usize>,
    range: Range<usize>,
}

/// How a number is written in a checkpoint.
enum NumberFormat {
    F32,
    F16,
    BF16,
    /// Integers and others: stored mask buffers, which nobody asks for.
    Other(String),
}

impl Checkpoint {
    /// Reads the header of a `.safetensors` file.
    ///
    /// A header that is broken or does not fit the file is an error.
    pub fn from_safetensors(bytes: Vec<u8>) -> Result<Self> {
        let stored = safetensors::stored_tensors(&bytes)?;
        Ok(Self { bytes, stored })
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
        self.stored.get(name).map(|stored| stored.shape.as_slice())
    }

    /// Takes a tensor out and makes floats of it.
    ///
    /// It is an error if the tensor is absent or already taken, if it does not hold
    /// floats of 32 or 16 bits, or if a value is not finite.
    pub fn take(&mut self, name: &str) -> Result<Array> {
        let Some(stored) = self.stored.remove(name) else {
            return Err(Error::MissingTensor {
                name: name.to_owned(),
                first_names: self
                    .names()
                    .take(N_NAMES_SHOWN)
                    .map(str::to_owned)
                    .collect(),
            });
        };
        let bytes = &self.bytes[stored.range];
        let values = match stored.format {
            NumberFormat::F32 => floats_from_bytes(bytes, f32::from_le_bytes),
            NumberFormat::F16 => {
                floats_from_bytes(bytes, |pair| half::f16::from_le_bytes(pair).to_f32())
            }
            NumberFormat::BF16 => {
                floats_from_bytes(bytes, |pair| half::bf16::from_le_bytes(pair).to_f32())
            }
            NumberFormat::Other(format) => {
                return Err(Error::NumberFormat {
                    name: name.to_owned(),
                    format,
                });
            }
        };
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
    pub fn take_shaped(&mut self, name: &str, expected: &[usize]) -> Result<Vec<f32>> {
        match self.shape(name) {
            Some(found) if found != expected => Err(Error::TensorShape {
                name: name.to_owned(),
                expected: expected.to_vec(),
                found: found.to_vec(),
            }),
            _ => Ok(self.take(name)?.values),
        }
    }
}

fn floats_from_bytes<const SIZE: usize>(
    bytes: &[u8],
    float_from_bytes: impl Fn([u8; SIZE]) -> f32,
) -> Vec<f32> {
    let (numbers, _) = bytes.as_chunks::<SIZE>();
    numbers
        .iter()
        .map(|number| float_from_bytes(*number))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Array, Checkpoint};

    /// A `.safetensors` file with the given header and data.
    fn file(header: &str, data: &[u8]) -> Vec<u8> {
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend_from_slice(header.as_bytes());
        bytes.extend_from_slice(data);
        bytes
    }

    fn message(bytes: Vec<u8>) -> String {
        Checkpoint::from_safetensors(bytes)
            .err()
            .expect("must be refused")
            .to_string()
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
        let mut checkpoint = Checkpoint::from_safetensors(file(header, &data)).unwrap();

        assert_eq!(checkpoint.names().collect::<Vec<_>>(), ["a", "b", "c"]);
        let take = |checkpoint: &mut Checkpoint, name| checkpoint.take(name).unwrap();
        assert_eq!(
            take(&mut checkpoint, "a"),
            Array {
                shape: vec![1, 2],
                values: vec![1.5, -2.0]
            }
        );
        assert_eq!(take(&mut checkpoint, "b").values, [0.25, 3.0]);
        assert_eq!(
            take(&mut checkpoint, "c"),
            Array {
                shape: vec![],
                values: vec![-8.0]
            }
        );
        assert!(!checkpoint.contains("a"));
    }

    #[test]
    fn an_absent_tensor_is_named_with_some_that_are_there() {
        let mut checkpoint = Checkpoint::from_safetensors(file(PAIR, &[0; 8])).unwrap();
        assert_eq!(
            checkpoint.take("h.0.weight").unwrap_err().to_string(),
            r#"checkpoint has no tensor "h.0.weight"; it starts with "w""#
        );
        checkpoint.take("w").unwrap();
        assert_eq!(
            checkpoint.take("w").unwrap_err().to_string(),
            r#"checkpoint has no tensor "w"; it is empty"#
        );
    }

    #[test]
    fn a_wrong_shape_shows_both_shapes() {
        let mut checkpoint = Checkpoint::from_safetensors(file(PAIR, &[0; 8])).unwrap();
        assert_eq!(
            checkpoint
                .take_shaped("w", &[768, 2304])
                .unwrap_err()
                .to_string(),
            r#"tensor "w" has the wrong shape: expected [768, 2304], found [2]"#
        );
        assert_eq!(checkpoint.take_shaped("w", &[2]).unwrap(), [0.0, 0.0]);
    }

    #[test]
    fn damaged_weights_are_found() {
        for (value, shown) in [(f32::NAN, "NaN"), (f32::INFINITY, "inf")] {
            let bytes = file(PAIR, &floats(&[0.0, value]));
            let error = Checkpoint::from_safetensors(bytes)
                .unwrap()
                .take("w")
                .unwrap_err();
            assert_eq!(
                error.to_string(),
                format!(r#"tensor "w" is damaged: value 1 of 2 is {shown}"#)
            );
        }
    }

    #[test]
    fn integers_are_refused_when_taken_and_not_before() {
        let header = r#"{"mask":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#;
        let mut checkpoint = Checkpoint::from_safetensors(file(header, &[1])).unwrap();
        assert_eq!(
            checkpoint.take("mask").unwrap_err().to_string(),
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
