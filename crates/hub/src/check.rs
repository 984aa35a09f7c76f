use sha2::{Digest, Sha256};

use crate::{Error, ListedFile, Result};

/// Whether a file is what was listed, found out while it arrives.
pub struct Check {
    expected: ListedFile,
    digest: Option<Sha256>,
    n_bytes: u64,
}

impl Check {
    /// Of a file that has not begun to arrive.
    pub fn new(expected: ListedFile) -> Self {
        Self {
            digest: expected.sha256.as_ref().map(|_| Sha256::new()),
            expected,
            n_bytes: 0,
        }
    }

    /// What arrives next.
    pub fn add(&mut self, bytes: &[u8]) {
        self.n_bytes += bytes.len() as u64;
        if let Some(digest) = &mut self.digest {
            digest.update(bytes);
        }
    }

    /// How much has arrived.
    pub fn n_bytes(&self) -> u64 {
        self.n_bytes
    }

    /// Whether all of it arrived, as far as is known.
    pub fn is_whole(&self) -> bool {
        self.expected.size.is_none_or(|size| self.n_bytes >= size)
    }

    /// Whether what arrived is what was listed.
    ///
    /// # Errors
    /// If its length or its hash is another.
    pub fn finish(self, place: &str) -> Result<()> {
        let damaged = |reason: String| Error::Damaged {
            file: self.expected.name.clone(),
            reason,
            place: place.to_owned(),
        };
        if let Some(size) = self.expected.size
            && size != self.n_bytes
        {
            return Err(damaged(format!(
                "it should have {size} bytes and has {}",
                self.n_bytes
            )));
        }
        if let (Some(digest), Some(expected)) = (self.digest, &self.expected.sha256) {
            let found = digest.finalize();
            let found: String = found.iter().map(|byte| format!("{byte:02x}")).collect();
            if !found.eq_ignore_ascii_case(expected) {
                return Err(damaged(format!(
                    "its SHA-256 should be {expected} and is {found}"
                )));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of the three bytes "abc".
    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    fn finish(size: Option<u64>, sha256: Option<&str>, pieces: &[&[u8]]) -> Result<()> {
        let mut check = Check::new(ListedFile {
            name: "model.safetensors".to_owned(),
            size,
            sha256: sha256.map(str::to_owned),
        });
        pieces.iter().for_each(|piece| check.add(piece));
        check.finish("https://x")
    }

    #[test]
    fn what_was_listed_passes() {
        finish(Some(3), Some(ABC), &[b"a", b"bc"]).unwrap();
        finish(Some(3), None, &[b"xyz"]).unwrap();
        finish(None, None, &[]).unwrap();
    }

    #[test]
    fn another_length_or_content_is_told() {
        let message = |result: Result<()>| result.unwrap_err().to_string();
        assert_eq!(
            message(finish(Some(4), Some(ABC), &[b"abc"])),
            "file \"model.safetensors\" is damaged: it should have 4 bytes and has 3, at https://x"
        );
        let flipped = message(finish(Some(3), Some(ABC), &[b"abd"]));
        assert!(
            flipped.contains("its SHA-256 should be ba7816bf"),
            "{flipped}"
        );
    }
}
