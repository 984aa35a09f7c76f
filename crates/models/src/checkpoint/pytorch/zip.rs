use std::collections::BTreeMap;
use std::ops::Range;

use super::super::cursor::Cursor;
use super::super::file_bytes::WeightsFile;
use crate::{Error, Result};

/// What a zip archive begins with.
pub(super) const FIRST_BYTES: &[u8; 4] = b"PK\x03\x04";

const ENTRY_SIGNATURE: u32 = 0x0201_4b50;
const END_SIGNATURE: u32 = 0x0605_4b50;
const END64_SIGNATURE: u32 = 0x0606_4b50;
const LOCATOR64_SIGNATURE: u32 = 0x0706_4b50;

const N_LOCAL_BYTES: u64 = 30;
const N_END_BYTES: usize = 22;
const N_END64_BYTES: u64 = 56;
const N_LOCATOR64_BYTES: usize = 20;

/// The end record stands before a comment of at most this length.
const MOST_COMMENT_BYTES: usize = 0xFFFF;

/// Longest list of entries that is read: far more entries than a model has tensors.
const MOST_DIRECTORY_BYTES: u64 = 16 << 20;

const STORED: u16 = 0;
const FLAG_ENCRYPTED: u16 = 1;

/// One file in an archive.
pub(super) struct Entry {
    method: u16,
    flags: u16,
    /// Its length in the archive and when unpacked.
    n_bytes: [u64; 2],
    header_start: u64,
}

/// The list of a zip archive's entries, by name.
///
/// Our own, because such libraries as ask for ranges and leave the reading to their
/// caller bring tables of old character sets and decompressors along, and all that
/// is needed here is where uncompressed bytes lie.
/// <https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT>
pub(super) async fn entries(file: &WeightsFile) -> Result<BTreeMap<String, Entry>> {
    let directory = directory_range(file).await?;
    if directory.end - directory.start > MOST_DIRECTORY_BYTES {
        return Err(file.broken("the zip archive's list of entries is too long"));
    }
    let bytes = file.read(directory).await?;
    let mut cursor = Cursor::new(&bytes);
    let mut entries = BTreeMap::new();
    while cursor.n_left() > 0 {
        let (name, entry) = next_entry(&mut cursor)
            .ok_or_else(|| file.broken("the zip archive's list of entries is damaged"))?;
        if entries.insert(name.to_owned(), entry).is_some() {
            return Err(file.broken(format!("the zip archive has two entries {name:?}")));
        }
    }
    Ok(entries)
}

/// Where an entry's bytes lie. Compressed ones are an error: `torch.save` compresses
/// nothing, and what is compressed cannot be read by ranges.
pub(super) async fn stored_range(
    file: &WeightsFile,
    name: &str,
    entry: &Entry,
) -> Result<Range<u64>> {
    let [n_packed, n_bytes] = entry.n_bytes;
    if entry.flags & FLAG_ENCRYPTED != 0 {
        return Err(file.broken(format!("entry {name:?} is encrypted")));
    }
    if entry.method != STORED {
        return Err(Error::CompressedEntry {
            entry: name.to_owned(),
            method: entry.method,
            file: file.name.clone(),
        });
    }
    if n_packed != n_bytes {
        return Err(file.broken(format!("entry {name:?} has two lengths")));
    }
    let header_end = entry.header_start.saturating_add(N_LOCAL_BYTES);
    let header = file.read(entry.header_start..header_end).await?;
    // The local header's name and padding may be longer than those in the list.
    let lengths = header
        .starts_with(FIRST_BYTES)
        .then(|| {
            let mut cursor = Cursor::new(header.get(26..)?);
            Some([cursor.u16()?, cursor.u16()?])
        })
        .flatten();
    let Some([name_length, extra_length]) = lengths else {
        return Err(file.broken(format!("entry {name:?} is not where the list says")));
    };
    let start = header_end + u64::from(name_length) + u64::from(extra_length);
    let end = start.saturating_add(n_bytes);
    if end > file.n_bytes() {
        return Err(file.truncated(end));
    }
    Ok(start..end)
}

async fn directory_range(file: &WeightsFile) -> Result<Range<u64>> {
    let n_tail = (N_LOCATOR64_BYTES + N_END_BYTES + MOST_COMMENT_BYTES) as u64;
    let tail_start = file.n_bytes().saturating_sub(n_tail);
    let tail = file.read(tail_start..file.n_bytes()).await?;
    let no_end = || file.broken("the zip archive's end is missing; the file may be cut off");
    let end_start = end_start(&tail).ok_or_else(no_end)?;
    let mut range = directory_in_end(&tail[end_start..]).ok_or_else(no_end)?;

    let locator = end_start
        .checked_sub(N_LOCATOR64_BYTES)
        .and_then(|start| end64_start(&tail[start..]));
    let mut directory_limit = tail_start + end_start as u64;
    if let Some(start) = locator {
        let record = file
            .read(start..start.saturating_add(N_END64_BYTES))
            .await?;
        range = directory_in_end64(&record).ok_or_else(no_end)?;
        directory_limit = start;
    }
    let [start, length] = range;
    match start.checked_add(length) {
        Some(end) if end <= directory_limit => Ok(start..end),
        _ => Err(file.broken("the zip archive's list of entries is not within the file")),
    }
}

/// Where the end record starts: the last place from which it and its comment fill
/// the rest.
fn end_start(tail: &[u8]) -> Option<usize> {
    let last = tail.len().checked_sub(N_END_BYTES)?;
    (0..=last).rev().find(|start| {
        let mut cursor = Cursor::new(&tail[*start..]);
        if cursor.u32() != Some(END_SIGNATURE) || cursor.take(16).is_none() {
            return false;
        }
        cursor.u16().map(usize::from) == Some(cursor.n_left())
    })
}

/// Start and length of the list.
fn directory_in_end(record: &[u8]) -> Option<[u64; 2]> {
    let mut cursor = Cursor::new(record.get(12..)?);
    let (length, start) = (cursor.u32()?, cursor.u32()?);
    Some([start.into(), length.into()])
}

fn end64_start(locator: &[u8]) -> Option<u64> {
    let mut cursor = Cursor::new(locator);
    if cursor.u32()? != LOCATOR64_SIGNATURE {
        return None;
    }
    cursor.u32()?;
    cursor.u64()
}

fn directory_in_end64(record: &[u8]) -> Option<[u64; 2]> {
    let mut cursor = Cursor::new(record);
    if cursor.u32()? != END64_SIGNATURE {
        return None;
    }
    let mut cursor = Cursor::new(record.get(40..)?);
    let (length, start) = (cursor.u64()?, cursor.u64()?);
    Some([start, length])
}

fn next_entry<'a>(cursor: &mut Cursor<'a>) -> Option<(&'a str, Entry)> {
    if cursor.u32()? != ENTRY_SIGNATURE {
        return None;
    }
    cursor.take(4)?; // Versions.
    let (flags, method) = (cursor.u16()?, cursor.u16()?);
    cursor.take(8)?; // Time and checksum.
    let (n_packed, n_bytes) = (cursor.u32()?, cursor.u32()?);
    let lengths = [cursor.u16()?, cursor.u16()?, cursor.u16()?];
    cursor.take(8)?; // Disk and attributes.
    let header_start = cursor.u32()?;
    let [name, extra, _comment] = [
        cursor.take(lengths[0].into())?,
        cursor.take(lengths[1].into())?,
        cursor.take(lengths[2].into())?,
    ];
    // Numbers that do not fit in 32 bits stand in the extra field, in this order.
    let mut numbers = [n_bytes, n_packed, header_start].map(u64::from);
    if numbers.contains(&u64::from(u32::MAX)) {
        let mut wide = wide_numbers(extra)?;
        for number in &mut numbers {
            if *number == u64::from(u32::MAX) {
                *number = wide.u64()?;
            }
        }
    }
    let [n_bytes, n_packed, header_start] = numbers;
    let entry = Entry {
        method,
        flags,
        n_bytes: [n_packed, n_bytes],
        header_start,
    };
    Some((std::str::from_utf8(name).ok()?, entry))
}

/// The part of an extra field that has 64-bit numbers.
fn wide_numbers(extra: &[u8]) -> Option<Cursor<'_>> {
    const WIDE_NUMBERS: u16 = 1;
    let mut cursor = Cursor::new(extra);
    loop {
        let (kind, length) = (cursor.u16()?, cursor.u16()?);
        let part = cursor.take(length.into())?;
        if kind == WIDE_NUMBERS {
            return Some(Cursor::new(part));
        }
    }
}
