use std::ops::Range;

use hub::{Error, LocalFuture, OpenFile, Result};
use js_sys::{ArrayBuffer, Uint8Array};
use web_sys::Blob;

use super::promises::{reason_of, resolved};

/// A file that the browser holds, on disk or in memory of its own: only what is read of
/// it enters the engine's memory.
pub(super) struct BlobFile {
    blob: Blob,
    name: String,
    place: String,
}

impl BlobFile {
    pub(super) fn new(blob: Blob, name: &str, place: &str) -> Self {
        Self {
            blob,
            name: name.to_owned(),
            place: place.to_owned(),
        }
    }

    fn failed(&self, reason: String) -> Error {
        Error::Read {
            file: self.name.clone(),
            reason,
            place: self.place.clone(),
        }
    }
}

impl OpenFile for BlobFile {
    fn n_bytes(&self) -> u64 {
        // A size in bytes is a whole number that a double holds.
        self.blob.size() as u64
    }

    fn read(&self, range: Range<u64>) -> LocalFuture<'_, Result<Vec<u8>>> {
        Box::pin(async move {
            if range.start > range.end || range.end > self.n_bytes() {
                return Err(self.failed(format!(
                    "bytes {} to {} of {} were asked for",
                    range.start,
                    range.end,
                    self.n_bytes()
                )));
            }
            let failed = |error| self.failed(reason_of(&error));
            let (start, end) = (range.start as f64, range.end as f64);
            let slice = self
                .blob
                .slice_with_f64_and_f64(start, end)
                .map_err(failed)?;
            let buffer: ArrayBuffer = resolved(slice.array_buffer()).await.map_err(failed)?;
            let bytes = Uint8Array::new(&buffer).to_vec();
            if bytes.len() as u64 != range.end - range.start {
                return Err(self.failed("it became shorter while it was read".to_owned()));
            }
            Ok(bytes)
        })
    }
}
