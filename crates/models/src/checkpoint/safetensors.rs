use std::collections::BTreeMap;

use ::safetensors::Dtype;
use ::safetensors::tensor::Metadata;

use super::{NumberFormat, Stored};
use crate::{Error, Result};

/// Bytes of the number that says how long the header is.
const N_LENGTH_BYTES: usize = 8;

/// Where each tensor of a `.safetensors` file lies.
///
/// The format: eight bytes with the length of a JSON header, the header, the data
/// without gaps. <https://github.com/huggingface/safetensors>
///
/// The library checks the header in itself. Its own reader adds sizes from the
/// header without looking for overflow, so the sums over the file are done here.
pub(super) fn stored_tensors(bytes: &[u8]) -> Result<BTreeMap<String, Stored>> {
    let Some((length, rest)) = bytes.split_first_chunk::<N_LENGTH_BYTES>() else {
        return Err(truncated(N_LENGTH_BYTES as u64, bytes));
    };
    let header_length = u64::from_le_bytes(*length);
    let Some((header, data)) = usize::try_from(header_length)
        .ok()
        .and_then(|header_length| rest.split_at_checked(header_length))
    else {
        return Err(truncated(
            header_length.saturating_add(N_LENGTH_BYTES as u64),
            bytes,
        ));
    };
    let metadata: Metadata =
        serde_json::from_slice(header).map_err(|source| Error::CheckpointHeader {
            reason: source.to_string(),
        })?;

    let data_length = metadata.data_len();
    let data_start = bytes.len() - data.len();
    if data_length > data.len() {
        return Err(truncated(
            (data_start as u64).saturating_add(data_length as u64),
            bytes,
        ));
    }
    if data_length < data.len() {
        return Err(Error::CheckpointHeader {
            reason: format!(
                "it describes {data_length} bytes of data, {} are there",
                data.len()
            ),
        });
    }

    let stored = metadata.tensors().into_iter().map(|(name, tensor)| {
        let (start, end) = tensor.data_offsets;
        let stored = Stored {
            format: match tensor.dtype {
                Dtype::F32 => NumberFormat::F32,
                Dtype::F16 => NumberFormat::F16,
                Dtype::BF16 => NumberFormat::BF16,
                other => NumberFormat::Other(other.to_string()),
            },
            shape: tensor.shape.clone(),
            range: data_start + start..data_start + end,
        };
        (name, stored)
    });
    Ok(stored.collect())
}

fn truncated(needed: u64, bytes: &[u8]) -> Error {
    Error::TruncatedCheckpoint {
        needed,
        found: bytes.len() as u64,
    }
}
