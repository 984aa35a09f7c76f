use std::ops::Range;
use std::rc::Rc;

use tensor::LocalFuture;

use crate::{Error, Result};

/// A file that is read by ranges, so that it need never lie in memory as a whole.
///
/// This crate does no I/O: whoever has a file, a browser's blob or an answer of a
/// server implements this for it. A `Vec<u8>` is the file that it holds.
pub trait FileBytes {
    /// The file's length.
    fn n_bytes(&self) -> u64;

    /// Reads a range that lies within the file.
    ///
    /// # Errors
    /// If it cannot be read; the text says why, in words for the user.
    fn read(&self, range: Range<u64>) -> LocalFuture<'_, Result<Vec<u8>, String>>;
}

impl FileBytes for Vec<u8> {
    fn n_bytes(&self) -> u64 {
        self.len() as u64
    }

    fn read(&self, range: Range<u64>) -> LocalFuture<'_, Result<Vec<u8>, String>> {
        let bytes = usize::try_from(range.start)
            .ok()
            .zip(usize::try_from(range.end).ok())
            .and_then(|(start, end)| self.get(start..end))
            .map(<[u8]>::to_vec)
            .ok_or_else(|| format!("{} bytes are there", self.len()));
        Box::pin(std::future::ready(bytes))
    }
}

/// A file with weights and its name, for errors.
pub(super) struct WeightsFile {
    pub(super) name: String,
    pub(super) bytes: Rc<dyn FileBytes>,
}

impl WeightsFile {
    pub(super) fn n_bytes(&self) -> u64 {
        self.bytes.n_bytes()
    }

    /// Exactly the bytes of a range. A range beyond the file's end is an error.
    pub(super) async fn read(&self, range: Range<u64>) -> Result<Vec<u8>> {
        if range.end > self.n_bytes() {
            return Err(self.truncated(range.end));
        }
        if range.is_empty() {
            return Ok(Vec::new());
        }
        let n_asked = range.end - range.start;
        let failed = |reason| Error::ReadFile {
            file: self.name.clone(),
            reason,
        };
        let bytes = self.bytes.read(range).await.map_err(failed)?;
        if bytes.len() as u64 != n_asked {
            let reason = format!("{n_asked} bytes were asked for, {} came", bytes.len());
            return Err(failed(reason));
        }
        Ok(bytes)
    }

    pub(super) fn truncated(&self, needed: u64) -> Error {
        Error::TruncatedCheckpoint {
            needed,
            found: self.n_bytes(),
            file: self.name.clone(),
        }
    }

    /// An error about what the file says of itself.
    pub(super) fn broken(&self, reason: impl Into<String>) -> Error {
        Error::CheckpointHeader {
            reason: reason.into(),
            file: self.name.clone(),
        }
    }
}
