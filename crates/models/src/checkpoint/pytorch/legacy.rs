use std::collections::BTreeMap;
use std::ops::Range;

use super::super::cursor::Cursor;
use super::super::file_bytes::WeightsFile;
use super::super::pickle::{Problem, StateDict, read_flag, read_number, read_texts};
use super::super::stored::Stored;
use super::MOST_PICKLE_BYTES;
use crate::Result;

/// What a file begins with: the pickle of a number that PyTorch chose.
pub(super) const FIRST_BYTES: &[u8; 15] =
    b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19\x2e";

const PROTOCOL: i64 = 1001;

/// How much is read at first: the pickles of most models.
const N_FRONT_BYTES: u64 = 256 << 10;

/// How many times more is read when that was too little.
const GROWTH: u64 = 8;

/// Bytes of the number before each storage that says how many values it has.
const N_COUNT_BYTES: u64 = 8;

/// What the pickles at the front of a file say.
struct Front<'a> {
    state: StateDict<'a>,
    /// The storages' keys in the order in which they lie behind the front.
    keys: Vec<&'a str>,
    n_bytes: u64,
}

/// Where each tensor of a file of `torch.save` before PyTorch 1.6 lies.
///
/// Such a file has five pickles: a fixed number, the protocol's number, facts about
/// the machine, the state dict and a list of keys. Then for each key the count of a
/// storage's values, in 64 bits, and the values.
pub(super) async fn stored_tensors(file: &WeightsFile) -> Result<Vec<(String, Stored)>> {
    let most = file.n_bytes().min(MOST_PICKLE_BYTES);
    let mut n_read = most.min(N_FRONT_BYTES);
    loop {
        let bytes = file.read(0..n_read).await?;
        match read_front(&bytes) {
            Ok(front) => return placed(file, &front).await,
            Err(Problem::Ended) if n_read < most => n_read = most.min(n_read * GROWTH),
            Err(Problem::Ended) if n_read < file.n_bytes() => {
                return Err(file.broken(format!(
                    "its pickles are longer than {MOST_PICKLE_BYTES} bytes"
                )));
            }
            Err(problem) => return Err(problem.in_file(&file.name)),
        }
    }
}

fn read_front(bytes: &[u8]) -> Result<Front<'_>, Problem> {
    let mut cursor = Cursor::new(bytes);
    cursor.take(FIRST_BYTES.len()).ok_or(Problem::Ended)?;
    let protocol = read_number(&mut cursor)?;
    if protocol != PROTOCOL {
        return Err(Problem::Broken(format!(
            "it has protocol {protocol}, supported is {PROTOCOL}"
        )));
    }
    if !read_flag(&mut cursor, "little_endian")? {
        return Err(Problem::Broken(
            "its numbers are not in little-endian order".to_owned(),
        ));
    }
    let state = StateDict::read(&mut cursor)?;
    let keys = read_texts(&mut cursor)?;
    Ok(Front {
        state,
        keys,
        n_bytes: (bytes.len() - cursor.n_left()) as u64,
    })
}

async fn placed(file: &WeightsFile, front: &Front<'_>) -> Result<Vec<(String, Stored)>> {
    let storages = storage_ranges(file, front).await?;
    let placed = front.state.tensors.iter().map(|(name, tensor)| {
        let Some(storage) = storages.get(tensor.storage.key) else {
            return Err(file.broken(format!("the storage of tensor {name:?} is missing")));
        };
        Ok((
            (*name).to_owned(),
            super::stored(name, tensor, storage, file)?,
        ))
    });
    placed.collect()
}

async fn storage_ranges<'a>(
    file: &WeightsFile,
    front: &Front<'a>,
) -> Result<BTreeMap<&'a str, Range<u64>>> {
    let mut ranges = BTreeMap::new();
    let mut position = front.n_bytes;
    for key in &front.keys {
        let Some(storage) = front.state.storages.get(key) else {
            return Err(file.broken(format!("no tensor says what storage {key:?} has")));
        };
        let start = position.saturating_add(N_COUNT_BYTES);
        let count = file.read(position..start).await?;
        let count = Cursor::new(&count).u64();
        if count != Some(storage.n_values) {
            return Err(file.broken(format!(
                "storage {key:?} has {} values, its tensors speak of {}",
                count.unwrap_or(0),
                storage.n_values
            )));
        }
        let n_bytes = storage.n_values.saturating_mul(storage.kind.n_bytes);
        position = start.saturating_add(n_bytes);
        if position > file.n_bytes() {
            return Err(file.truncated(position));
        }
        if ranges.insert(*key, start..position).is_some() {
            return Err(file.broken(format!("storage {key:?} is there twice")));
        }
    }
    Ok(ranges)
}
