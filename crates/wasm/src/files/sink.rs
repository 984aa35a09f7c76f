use hub::{Result, Step};
use js_sys::{Array, Uint8Array};
use wasm_bindgen::JsValue;
use web_sys::{Blob, FileSystemReadWriteOptions, FileSystemSyncAccessHandle};

use super::arrived::Arrived;
use super::kept_files::KeptFiles;
use super::promises::reason_of;

/// Where a download goes: into a kept file, or, where nothing can be kept, into memory
/// of the browser's own.
pub(super) struct Sink<'a> {
    name: &'a str,
    kept: Option<Kept<'a>>,
    /// What came before `chunks`.
    earlier: Option<Blob>,
    chunks: Array,
    n_chunk_bytes: u64,
}

struct Kept<'a> {
    files: &'a KeptFiles,
    handle: FileSystemSyncAccessHandle,
    n_bytes: u64,
}

/// Chunks are handed to the browser, which may put them on disk, once they are so many.
const MOST_CHUNK_BYTES: u64 = 16 << 20;

/// How much of a kept part is read at once to check it.
const READ_BYTES: usize = 4 << 20;

impl<'a> Sink<'a> {
    /// A sink, and what of the file is already there, which `arrived` is shown.
    pub(super) async fn open(
        files: Option<&'a KeptFiles>,
        name: &'a str,
        arrived: &mut Arrived,
        progress: &hub::Progress<'_>,
    ) -> Self {
        let mut sink = Self {
            name,
            kept: None,
            earlier: None,
            chunks: Array::new(),
            n_chunk_bytes: 0,
        };
        let Some(files) = files else {
            return sink;
        };
        let opened = async {
            let handle = files.part(name).await?;
            Ok(Kept {
                files,
                n_bytes: read_part(&handle, arrived)?,
                handle,
            })
        };
        match opened.await {
            Ok(kept) => sink.kept = Some(kept),
            Err(error) => progress(not_kept(&error)),
        }
        sink
    }

    /// What arrives next.
    pub(super) async fn write(&mut self, chunk: &Uint8Array, progress: &hub::Progress<'_>) {
        let length = chunk.length();
        if let Some(kept) = &mut self.kept {
            match kept.write(chunk) {
                Ok(()) => {
                    kept.n_bytes += u64::from(length);
                    return;
                }
                Err(error) => {
                    progress(not_kept(&error));
                    self.leave_kept().await;
                }
            }
        }
        self.chunks.push(chunk);
        self.n_chunk_bytes += u64::from(length);
        if self.n_chunk_bytes > MOST_CHUNK_BYTES {
            self.earlier = self.joined().ok().or(self.earlier.take());
            self.chunks = Array::new();
            self.n_chunk_bytes = 0;
        }
    }

    /// Begins anew.
    pub(super) fn clear(&mut self) -> Result<(), JsValue> {
        self.earlier = None;
        self.chunks = Array::new();
        self.n_chunk_bytes = 0;
        if let Some(kept) = &mut self.kept {
            kept.n_bytes = 0;
            kept.handle.truncate_with_u32(0)?;
        }
        Ok(())
    }

    /// What arrived, which has been checked.
    pub(super) async fn finish(mut self) -> Result<Blob, JsValue> {
        let Some(kept) = self.kept.take() else {
            return self.joined();
        };
        kept.handle.flush()?;
        kept.handle.close();
        kept.files.mark_whole(self.name).await?;
        let blob = kept.files.whole(self.name).await;
        blob.ok_or_else(|| JsValue::from_str("the kept file went away"))
    }

    /// Ends without a file; what is kept stays for another time.
    pub(super) fn leave(self) {
        if let Some(kept) = self.kept {
            kept.handle.close();
        }
    }

    /// Goes on in memory, after what could be kept.
    async fn leave_kept(&mut self) {
        let Some(kept) = self.kept.take() else {
            return;
        };
        kept.handle.close();
        let there = kept.files.there(self.name).await;
        self.earlier =
            there.and_then(|blob| blob.slice_with_f64_and_f64(0.0, kept.n_bytes as f64).ok());
    }

    fn joined(&self) -> Result<Blob, JsValue> {
        let parts = Array::new();
        if let Some(earlier) = &self.earlier {
            parts.push(earlier);
        }
        for chunk in self.chunks.iter() {
            parts.push(&chunk);
        }
        Blob::new_with_blob_sequence(&parts)
    }
}

impl Kept<'_> {
    fn write(&self, chunk: &Uint8Array) -> Result<(), JsValue> {
        let at = FileSystemReadWriteOptions::new();
        at.set_at(self.n_bytes as f64);
        let written = self.handle.write_with_js_u8_array_and_options(chunk, &at)?;
        if written < f64::from(chunk.length()) {
            return Err(JsValue::from_str("there is no room for more"));
        }
        Ok(())
    }
}

/// Shows `arrived` what is in a file, and says how much.
fn read_part(handle: &FileSystemSyncAccessHandle, arrived: &mut Arrived) -> Result<u64, JsValue> {
    let mut buffer = vec![0; READ_BYTES];
    let mut n_bytes = 0;
    loop {
        let at = FileSystemReadWriteOptions::new();
        at.set_at(n_bytes as f64);
        let read = handle.read_with_u8_array_and_options(&mut buffer, &at)? as usize;
        if read == 0 {
            return Ok(n_bytes);
        }
        arrived.add_unproven(&buffer[..read]);
        n_bytes += read as u64;
    }
}

fn not_kept(error: &JsValue) -> Step {
    Step::NotKept {
        reason: reason_of(error),
    }
}
