use std::future::Future;
use std::pin::Pin;

use crate::{ModelId, Result};

/// A future that stays on its thread.
pub type LocalFuture<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Is told how many bytes of a file are there, of how many if that is known.
pub type Progress<'a> = dyn Fn(u64, Option<u64>) + 'a;

/// Reads files of models.
pub trait FileSource {
    /// Reads one file; `None` if the model is there and the file is not.
    ///
    /// # Errors
    /// If the model is not there, the file's name could leave its folder, or reading
    /// fails.
    fn read<'a>(
        &'a self,
        model: &'a ModelId,
        file: &'a str,
        progress: &'a Progress<'a>,
    ) -> LocalFuture<'a, Result<Option<Vec<u8>>>>;
}
