use std::ops::Range;

use super::file_bytes::WeightsFile;
use crate::{Error, Result};

/// How many bytes of a tensor are read at a time: little beside a large tensor, and
/// enough that reading is not made of waiting. A multiple of every number's size.
const N_PIECE_BYTES: u64 = 8 << 20;

/// Where a tensor lies. Whoever makes one has checked that `range` is within the file
/// and has all the values that `shape` and `strides` speak of.
pub(super) struct Stored {
    pub(super) format: NumberFormat,
    pub(super) shape: Vec<usize>,
    /// How many values apart neighbors on each axis are, if they are not row-major.
    pub(super) strides: Option<Vec<usize>>,
    pub(super) range: Range<u64>,
}

/// How a number is written in a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NumberFormat {
    Float(FloatFormat),
    /// Integers and others, by name: stored mask buffers, which nobody asks for.
    Other(&'static str),
}

/// Numbers that become 32-bit floats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FloatFormat {
    F32,
    F16,
    BF16,
}

impl FloatFormat {
    pub(super) fn n_bytes(self) -> u64 {
        match self {
            Self::F32 => 4,
            Self::F16 | Self::BF16 => 2,
        }
    }

    fn add_floats(self, bytes: &[u8], values: &mut Vec<f32>) {
        match self {
            Self::F32 => {
                let (numbers, _) = bytes.as_chunks();
                values.extend(numbers.iter().map(|number| f32::from_le_bytes(*number)));
            }
            Self::F16 => {
                let (numbers, _) = bytes.as_chunks();
                let numbers = numbers.iter().map(|pair| half::f16::from_le_bytes(*pair));
                values.extend(numbers.map(half::f16::to_f32));
            }
            Self::BF16 => {
                let (numbers, _) = bytes.as_chunks();
                let numbers = numbers.iter().map(|pair| half::bf16::from_le_bytes(*pair));
                values.extend(numbers.map(half::bf16::to_f32));
            }
        }
    }
}

impl Stored {
    /// The values, row-major. Beside them no more is in memory than a piece of the
    /// file, unless the tensor is stored in another order.
    pub(super) async fn floats(&self, name: &str, file: &WeightsFile) -> Result<Vec<f32>> {
        let format = match self.format {
            NumberFormat::Float(format) => format,
            NumberFormat::Other(format) => {
                return Err(Error::NumberFormat {
                    name: name.to_owned(),
                    format: format.to_owned(),
                });
            }
        };
        let n_values = (self.range.end - self.range.start) / format.n_bytes();
        let stored = room_for(n_values).ok_or_else(|| Error::NoMemory {
            name: name.to_owned(),
            bytes: n_values.saturating_mul(size_of::<f32>() as u64),
        })?;
        let stored = floats_in(file, self.range.clone(), format, stored).await?;
        Ok(match &self.strides {
            None => stored,
            Some(strides) => row_major(&stored, &self.shape, strides),
        })
    }
}

fn room_for(n_values: u64) -> Option<Vec<f32>> {
    let mut values = Vec::new();
    let n_values = usize::try_from(n_values).ok()?;
    values.try_reserve_exact(n_values).ok()?;
    Some(values)
}

async fn floats_in(
    file: &WeightsFile,
    range: Range<u64>,
    format: FloatFormat,
    mut values: Vec<f32>,
) -> Result<Vec<f32>> {
    let mut start = range.start;
    while start < range.end {
        let end = range.end.min(start.saturating_add(N_PIECE_BYTES));
        format.add_floats(&file.read(start..end).await?, &mut values);
        start = end;
    }
    Ok(values)
}

/// Values in the order of their indices, out of those that lie `strides` apart.
fn row_major(stored: &[f32], shape: &[usize], strides: &[usize]) -> Vec<f32> {
    let n_values = shape.iter().product();
    let mut values = Vec::with_capacity(n_values);
    let mut index = vec![0; shape.len()];
    let mut position = 0;
    while values.len() < n_values {
        values.push(stored[position]);
        for axis in (0..shape.len()).rev() {
            if index[axis] + 1 < shape[axis] {
                index[axis] += 1;
                position += strides[axis];
                break;
            }
            position -= index[axis] * strides[axis];
            index[axis] = 0;
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::row_major;

    #[test]
    fn values_are_put_in_the_order_of_their_indices() {
        let stored = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0];
        let transposed = row_major(&stored, &[2, 3], &[1, 2]);
        assert_eq!(transposed, [0.0, 2.0, 4.0, 1.0, 3.0, 5.0]);
        let column = row_major(&stored, &[3, 1], &[2, 1]);
        assert_eq!(column, [0.0, 2.0, 4.0]);
        assert_eq!(row_major(&[7.0], &[], &[]), [7.0]);
        assert!(row_major(&[], &[2, 0], &[1, 1]).is_empty());
    }
}
