use ::safetensors::Dtype;
use ::safetensors::tensor::Metadata;

use super::file_bytes::WeightsFile;
use super::stored::{FloatFormat, NumberFormat, Stored};
use crate::Result;

/// Bytes of the number that says how long the header is.
pub(super) const N_LENGTH_BYTES: u64 = 8;

/// Longest header that is read; the format's own limit.
const MOST_HEADER_BYTES: u64 = 100_000_000;

/// Where each tensor of a `.safetensors` file lies.
///
/// The format: eight bytes with the length of a JSON header, the header, the data
/// without gaps. <https://github.com/huggingface/safetensors>
///
/// The library checks the header in itself. Its own reader adds sizes from the
/// header without looking for overflow, so the sums over the file are done here.
pub(super) async fn stored_tensors(file: &WeightsFile) -> Result<Vec<(String, Stored)>> {
    let length = file.read(0..N_LENGTH_BYTES).await?;
    let header_end = header_end(&length).ok_or_else(|| file.truncated(N_LENGTH_BYTES))?;
    let header_length = header_end - N_LENGTH_BYTES;
    if header_end > file.n_bytes() {
        return Err(file.truncated(header_end));
    }
    if header_length > MOST_HEADER_BYTES {
        return Err(file.broken(format!(
            "it has {header_length} bytes, more than the format's {MOST_HEADER_BYTES}"
        )));
    }
    let header = file.read(N_LENGTH_BYTES..header_end).await?;
    let metadata = metadata_in(&header).map_err(|source| file.broken(source.to_string()))?;

    let n_described = metadata.data_len() as u64;
    let n_there = file.n_bytes() - header_end;
    if n_described > n_there {
        return Err(file.truncated(header_end.saturating_add(n_described)));
    }
    if n_described < n_there {
        return Err(file.broken(format!(
            "it describes {n_described} bytes of data, {n_there} are there"
        )));
    }
    Ok(stored_in(&metadata, header_end))
}

/// Where the header ends, by a file's first bytes; `None` if there are too few.
pub(super) fn header_end(beginning: &[u8]) -> Option<u64> {
    let (length, _) = beginning.as_chunks();
    let length = u64::from_le_bytes(*length.first()?);
    Some(length.saturating_add(N_LENGTH_BYTES))
}

/// Where the tensors of a header lie in a file that is as long as it says.
pub(super) fn tensors_in(
    header: &[u8],
    header_end: u64,
) -> serde_json::Result<Vec<(String, Stored)>> {
    Ok(stored_in(&metadata_in(header)?, header_end))
}

fn metadata_in(header: &[u8]) -> serde_json::Result<Metadata> {
    serde_json::from_slice(header)
}

fn stored_in(metadata: &Metadata, header_end: u64) -> Vec<(String, Stored)> {
    let stored = metadata.tensors().into_iter().map(|(name, tensor)| {
        let (start, end) = tensor.data_offsets;
        // A header may claim any end that a file cannot have.
        let in_file = |offset: usize| header_end.saturating_add(offset as u64);
        let stored = Stored {
            format: number_format(tensor.dtype),
            shape: tensor.shape.clone(),
            strides: None,
            range: in_file(start)..in_file(end),
        };
        (name, stored)
    });
    stored.collect()
}

fn number_format(dtype: Dtype) -> NumberFormat {
    match dtype {
        Dtype::F32 => NumberFormat::Float(FloatFormat::F32),
        Dtype::F16 => NumberFormat::Float(FloatFormat::F16),
        Dtype::BF16 => NumberFormat::Float(FloatFormat::BF16),
        Dtype::F64 => NumberFormat::Other("F64"),
        Dtype::I64 => NumberFormat::Other("I64"),
        Dtype::I32 => NumberFormat::Other("I32"),
        Dtype::I16 => NumberFormat::Other("I16"),
        Dtype::I8 => NumberFormat::Other("I8"),
        Dtype::U64 => NumberFormat::Other("U64"),
        Dtype::U32 => NumberFormat::Other("U32"),
        Dtype::U16 => NumberFormat::Other("U16"),
        Dtype::U8 => NumberFormat::Other("U8"),
        Dtype::BOOL => NumberFormat::Other("BOOL"),
        Dtype::C64 => NumberFormat::Other("C64"),
        _ => NumberFormat::Other("8-bit or smaller float"),
    }
}
