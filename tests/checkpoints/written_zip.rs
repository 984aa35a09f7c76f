//! Writes zip archives as `torch.save` does, with padding before each entry's bytes.

use crate::written_pickle::{Format, PickledTensor, state_dict};

/// How an archive's numbers are written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Width {
    Narrow,
    /// As in archives of more than 4 GiB.
    Zip64,
}

/// Bytes after an entry's name, as many as PyTorch might need for an alignment of 64.
const PADDING: [u8; 7] = *b"FB\x03\x00ZZZ";

/// An archive of these entries, none of them compressed.
pub(crate) fn zip(entries: &[(&str, &[u8])], width: Width) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut list = Vec::new();
    for (name, content) in entries {
        list.extend(list_entry(name, content.len(), bytes.len(), width));
        bytes.extend(b"PK\x03\x04");
        bytes.extend([0; 14]);
        bytes.extend(narrow(content.len()));
        bytes.extend(narrow(content.len()));
        bytes.extend(short(name.len()));
        bytes.extend(short(PADDING.len()));
        bytes.extend(name.as_bytes());
        bytes.extend(PADDING);
        bytes.extend(*content);
    }
    let (list_start, list_length) = (bytes.len(), list.len());
    bytes.extend(list);
    let mut end_numbers = [list_length, list_start].map(narrow).concat();
    if width == Width::Zip64 {
        let end_start = bytes.len();
        bytes.extend(b"PK\x06\x06");
        bytes.extend(wide(44));
        bytes.extend([0; 12]);
        bytes.extend(
            [entries.len(), entries.len(), list_length, list_start]
                .map(wide)
                .concat(),
        );
        bytes.extend(b"PK\x06\x07\0\0\0\0");
        bytes.extend(wide(end_start));
        bytes.extend(narrow(1));
        end_numbers = vec![0xFF; 8];
    }
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend(short(entries.len()));
    bytes.extend(short(entries.len()));
    bytes.extend(end_numbers);
    bytes.extend(short(0));
    bytes
}

/// The list's line about one entry.
fn list_entry(name: &str, length: usize, start: usize, width: Width) -> Vec<u8> {
    let numbers = match width {
        Width::Narrow => [narrow(length), narrow(length), narrow(start)],
        Width::Zip64 => [[0xFF; 4]; 3],
    };
    let extra = match width {
        Width::Narrow => Vec::new(),
        Width::Zip64 => {
            let numbers = [length, length, start].map(wide).concat();
            [
                &short(9)[..],
                &short(1),
                &[0],
                &short(1),
                &short(24),
                &numbers,
            ]
            .concat()
        }
    };
    let mut bytes = b"PK\x01\x02".to_vec();
    bytes.extend([0; 16]);
    bytes.extend(numbers[..2].concat());
    bytes.extend(short(name.len()));
    bytes.extend(short(extra.len()));
    bytes.extend([0; 10]);
    bytes.extend(numbers[2]);
    bytes.extend(name.as_bytes());
    bytes.extend(extra);
    bytes
}

/// The archive of a state dict whose storages are given by key.
pub(crate) fn archive(tensors: &[PickledTensor], storages: &[(&str, &[u8])]) -> Vec<u8> {
    archive_of(&state_dict(tensors, Format::Archive), storages)
}

/// The archive of a pickle.
pub(crate) fn archive_of(pickle: &[u8], storages: &[(&str, &[u8])]) -> Vec<u8> {
    let names: Vec<String> = storages
        .iter()
        .map(|(key, _)| format!("archive/data/{key}"))
        .collect();
    let mut entries = vec![
        ("archive/data.pkl", pickle),
        ("archive/byteorder", b"little"),
    ];
    let contents = storages.iter().map(|(_, content)| *content);
    entries.extend(names.iter().map(String::as_str).zip(contents));
    zip(&entries, Width::Narrow)
}

fn short(number: usize) -> [u8; 2] {
    u16::try_from(number).unwrap().to_le_bytes()
}

fn narrow(number: usize) -> [u8; 4] {
    u32::try_from(number).unwrap().to_le_bytes()
}

fn wide(number: usize) -> [u8; 8] {
    (number as u64).to_le_bytes()
}
