use std::collections::BTreeMap;
use std::ops::Range;

use super::super::cursor::Cursor;
use super::super::file_bytes::WeightsFile;
use super::super::pickle::StateDict;
use super::super::stored::Stored;
use super::MOST_PICKLE_BYTES;
use super::zip::{Entry, entries, stored_range};
use crate::Result;

/// The entry that says which tensors there are; all others lie beside it.
const PICKLE: &str = "data.pkl";

type Entries = BTreeMap<String, Entry>;

/// Where each tensor of a zip archive of `torch.save` lies.
///
/// An archive has one folder, with the pickle `data.pkl`, and each storage of key `k`
/// as `data/k`.
pub(super) async fn stored_tensors(file: &WeightsFile) -> Result<Vec<(String, Stored)>> {
    let entries = entries(file).await?;
    let folder = folder(&entries)
        .ok_or_else(|| file.broken(format!("the zip archive has no {PICKLE}")))?
        .to_owned();
    check_byte_order(file, &entries, &folder).await?;
    let range = entry_range(file, &entries, &format!("{folder}{PICKLE}")).await?;
    if range.end - range.start > MOST_PICKLE_BYTES {
        return Err(file.broken(format!("{PICKLE} is longer than {MOST_PICKLE_BYTES} bytes")));
    }
    let pickle = file.read(range).await?;
    let state = StateDict::read(&mut Cursor::new(&pickle))
        .map_err(|problem| problem.in_file(&file.name))?;

    let mut storages = BTreeMap::new();
    for key in state.storages.keys() {
        let range = entry_range(file, &entries, &format!("{folder}data/{key}")).await?;
        storages.insert(*key, range);
    }
    let placed = state.tensors.iter().map(|(name, tensor)| {
        let storage = &storages[tensor.storage.key];
        Ok((
            (*name).to_owned(),
            super::stored(name, tensor, storage, file)?,
        ))
    });
    placed.collect()
}

/// The name of the folder, with its slash; empty if there is none.
fn folder(entries: &Entries) -> Option<&str> {
    let is_top = |name: &str| !name.contains('/');
    let is_folder =
        |folder: &str| folder.is_empty() || folder.strip_suffix('/').is_some_and(is_top);
    let mut folders = entries.keys().filter_map(|name| name.strip_suffix(PICKLE));
    folders.find(|folder| is_folder(folder))
}

async fn entry_range(file: &WeightsFile, entries: &Entries, name: &str) -> Result<Range<u64>> {
    match entries.get(name) {
        Some(entry) => stored_range(file, name, entry).await,
        None => Err(file.broken(format!("the zip archive has no entry {name:?}"))),
    }
}

/// Older archives do not say what all machines of today have.
async fn check_byte_order(file: &WeightsFile, entries: &Entries, folder: &str) -> Result<()> {
    const LITTLE: &[u8] = b"little";
    let name = format!("{folder}byteorder");
    if !entries.contains_key(&name) {
        return Ok(());
    }
    let range = entry_range(file, entries, &name).await?;
    let is_short = range.end - range.start <= LITTLE.len() as u64;
    if is_short && file.read(range).await? == LITTLE {
        return Ok(());
    }
    Err(file.broken("its numbers are not in little-endian order"))
}
