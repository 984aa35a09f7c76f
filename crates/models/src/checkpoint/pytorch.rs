//! Files of `torch.save`: a zip archive since PyTorch 1.6, pickles with the numbers
//! behind them before.

mod archive;
mod legacy;
mod zip;

use std::ops::Range;

use super::file_bytes::WeightsFile;
use super::pickle::PickledTensor;
use super::stored::Stored;
use crate::Result;

/// Longest pickle that is read: a thousand times what a large model has.
const MOST_PICKLE_BYTES: u64 = 16 << 20;

/// Where each tensor of a file of `torch.save` lies.
pub(super) async fn stored_tensors(file: &WeightsFile) -> Result<Vec<(String, Stored)>> {
    let n_first = (legacy::FIRST_BYTES.len() as u64).min(file.n_bytes());
    let first = file.read(0..n_first).await?;
    if first.starts_with(zip::FIRST_BYTES) {
        archive::stored_tensors(file).await
    } else if first == legacy::FIRST_BYTES {
        legacy::stored_tensors(file).await
    } else if legacy::FIRST_BYTES.starts_with(&first) {
        Err(file.truncated(legacy::FIRST_BYTES.len() as u64))
    } else {
        Err(file.broken("the file does not begin as those of torch.save do"))
    }
}

/// A tensor whose storage lies in `storage`, if all its values do.
fn stored(
    name: &str,
    tensor: &PickledTensor<'_>,
    storage: &Range<u64>,
    file: &WeightsFile,
) -> Result<Stored> {
    stored_if_within(tensor, storage).ok_or_else(|| {
        file.broken(format!(
            "tensor {name:?} has shape {:?} and strides {:?} from value {}, which do not fit its \
             storage of {} values",
            tensor.shape, tensor.strides, tensor.offset, tensor.storage.n_values
        ))
    })
}

/// Beside reaching over the end, what repeats values does not fit: a small file could
/// otherwise claim any size.
fn stored_if_within(tensor: &PickledTensor<'_>, storage: &Range<u64>) -> Option<Stored> {
    let kind = tensor.storage.kind;
    let n_in_storage = tensor.storage.n_values;
    if n_in_storage.checked_mul(kind.n_bytes)? > storage.end.checked_sub(storage.start)? {
        return None;
    }
    let (shape, strides) = (&tensor.shape, &tensor.strides);
    let n_values = product(shape)?;
    let n_spanned = if n_values == 0 {
        0
    } else {
        n_spanned(shape, strides)?
    };
    let end = tensor.offset.checked_add(n_spanned)?;
    if end > n_in_storage || n_values > n_spanned {
        return None;
    }
    let start = storage.start + tensor.offset * kind.n_bytes;
    let is_row_major = n_values == 0 || is_row_major(shape, strides)?;
    let as_sizes = |numbers: &[u64]| -> Option<Vec<usize>> {
        let sizes = numbers.iter().map(|number| usize::try_from(*number).ok());
        sizes.collect()
    };
    Some(Stored {
        format: kind.format,
        shape: as_sizes(shape)?,
        strides: if is_row_major {
            None
        } else {
            Some(as_sizes(strides)?)
        },
        range: start..start + n_spanned * kind.n_bytes,
    })
}

fn product(shape: &[u64]) -> Option<u64> {
    let mut product = 1_u64;
    for length in shape {
        product = product.checked_mul(*length)?;
    }
    Some(product)
}

/// How many values lie from the first to the last, of a shape without zeros.
fn n_spanned(shape: &[u64], strides: &[u64]) -> Option<u64> {
    let mut last = 0_u64;
    for (length, stride) in shape.iter().zip(strides) {
        last = last.checked_add((length - 1).checked_mul(*stride)?)?;
    }
    last.checked_add(1)
}

fn is_row_major(shape: &[u64], strides: &[u64]) -> Option<bool> {
    let mut expected = 1_u64;
    for (length, stride) in shape.iter().zip(strides).rev() {
        if *length > 1 && *stride != expected {
            return Some(false);
        }
        expected = expected.checked_mul(*length)?;
    }
    Some(true)
}

#[cfg(test)]
mod tests {
    use super::super::pickle::{NumberKind, Storage};
    use super::super::stored::{FloatFormat, NumberFormat};
    use super::*;

    fn placed(offset: u64, shape: &[u64], strides: &[u64]) -> Option<Stored> {
        let tensor = PickledTensor {
            storage: Storage {
                key: "0",
                kind: NumberKind {
                    format: NumberFormat::Float(FloatFormat::F16),
                    n_bytes: 2,
                },
                n_values: 12,
            },
            offset,
            shape: shape.to_vec(),
            strides: strides.to_vec(),
        };
        stored_if_within(&tensor, &(100..124))
    }

    #[test]
    fn a_view_is_placed_within_its_storage() {
        let whole = placed(0, &[3, 4], &[4, 1]).unwrap();
        assert_eq!((whole.strides, whole.range), (None, 100..124));
        let part = placed(2, &[2, 1, 4], &[4, 99, 1]).unwrap();
        assert_eq!((part.strides, part.range), (None, 104..120));
        let transposed = placed(0, &[4, 3], &[1, 4]).unwrap();
        assert_eq!(transposed.strides, Some(vec![1, 4]));
        assert_eq!(transposed.range, 100..124);
        let single = placed(11, &[], &[]).unwrap();
        assert_eq!(single.range, 122..124);
        assert!(placed(12, &[0, 7], &[1, 1]).is_some());
    }

    #[test]
    fn a_view_beyond_its_storage_is_none() {
        for (offset, shape, strides) in [
            (1, [3, 4], [4, 1]),
            (0, [4, 4], [4, 1]),
            (0, [3, 4], [5, 1]),
            (13, [0, 4], [4, 1]),
            (u64::MAX, [1, 1], [1, 1]),
            (0, [u64::MAX, u64::MAX], [1, 1]),
            (0, [2, 2], [u64::MAX, u64::MAX]),
            // Values that are there several times.
            (0, [1 << 40, 1 << 20], [0, 0]),
            (0, [3, 5], [0, 1]),
        ] {
            assert!(placed(offset, &shape, &strides).is_none(), "{shape:?}");
        }
    }
}
