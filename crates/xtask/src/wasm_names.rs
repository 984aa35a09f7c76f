//! Removes the names of functions from WebAssembly: a tenth of the download, and read
//! by nobody but a debugger.

use std::{fs, path::Path};

use anyhow::{Context, Result};

/// Magic number and version.
const HEADER_LENGTH: usize = 8;
const CUSTOM_SECTION: u8 = 0;
const NAMES: &[u8] = b"name";

/// Removes the names from the programs in a folder.
pub(crate) fn remove_names(folder: &Path) -> Result<()> {
    let entries = fs::read_dir(folder)
        .with_context(|| format!("cannot read the folder {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "wasm")
        {
            let program = fs::read(&path)?;
            let smaller = without_names(&program)
                .with_context(|| format!("{} is no WebAssembly", path.display()))?;
            fs::write(&path, smaller)?;
        }
    }
    Ok(())
}

/// `None` if the sections do not fit the length.
fn without_names(program: &[u8]) -> Option<Vec<u8>> {
    let (header, mut rest) = program.split_at_checked(HEADER_LENGTH)?;
    let mut kept = header.to_vec();
    while let Some((&kind, after_kind)) = rest.split_first() {
        let (length, content) = read_number(after_kind)?;
        let (content, after) = content.split_at_checked(length)?;
        if kind != CUSTOM_SECTION || custom_name(content)? != NAMES {
            kept.extend_from_slice(&rest[..rest.len() - after.len()]);
        }
        rest = after;
    }
    Some(kept)
}

fn custom_name(content: &[u8]) -> Option<&[u8]> {
    let (length, content) = read_number(content)?;
    content.get(..length)
}

/// An unsigned number in seven-bit groups, the lowest first, and what follows it.
fn read_number(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut number = 0_usize;
    for (index, byte) in bytes.iter().enumerate().take(5) {
        number |= usize::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((number, &bytes[index + 1..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::without_names;

    const HEADER: &[u8] = b"\0asm\x01\0\0\0";
    const TYPES: &[u8] = &[1, 2, 7, 7];
    const NAME: &[u8] = b"\0\x06\x04nameX";
    const PRODUCERS: &[u8] = b"\0\x0a\x09producers";

    #[test]
    fn names_go_and_everything_else_stays() {
        let program = [HEADER, TYPES, NAME, PRODUCERS].concat();
        let expected = [HEADER, TYPES, PRODUCERS].concat();
        assert_eq!(without_names(&program), Some(expected));
    }

    #[test]
    fn what_is_cut_off_is_no_program() {
        let program = [HEADER, TYPES, &NAME[..5]].concat();
        assert_eq!(without_names(&program), None);
        assert_eq!(without_names(b"\0as"), None);
    }
}
