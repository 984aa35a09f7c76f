use std::future::Future;
use std::ops::Range;
use std::pin::Pin;
use std::rc::Rc;

use crate::{Listing, ModelId, Result};

/// A future that stays on its thread.
pub type LocalFuture<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// What happens while a file is fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// So many bytes of it are there.
    Arrived {
        /// From its beginning.
        done: u64,
        /// How many there are, if that is known.
        total: Option<u64>,
    },
    /// Something went wrong, and is tried again.
    Waits {
        /// What went wrong, in words.
        reason: String,
        /// Until then.
        secs: u64,
    },
    /// It cannot be kept for the next visit, and is used all the same.
    NotKept {
        /// Why, in words.
        reason: String,
    },
    /// The server cannot be reached; what was kept earlier is used.
    Offline {
        /// Of what was kept.
        commit: String,
    },
}

/// Is told what happens.
pub type Progress<'a> = dyn Fn(Step) + 'a;

/// Finds files of models.
pub trait FileSource {
    /// What is known of a model before its files are read; `None` if its place keeps no
    /// list.
    ///
    /// # Errors
    /// If the model is not there, or its place cannot be reached.
    fn list<'a>(
        &'a self,
        model: &'a ModelId,
        progress: &'a Progress<'a>,
    ) -> LocalFuture<'a, Result<Option<Listing>>>;

    /// Finds one file, and fetches it if it is far away; `None` if the model is there
    /// and the file is not. What was fetched is whole, and is what the listing says.
    ///
    /// # Errors
    /// If the model is not there, the file's name could leave its folder, or fetching
    /// fails.
    fn open<'a>(
        &'a self,
        model: &'a ModelId,
        file: &'a str,
        progress: &'a Progress<'a>,
    ) -> LocalFuture<'a, Result<Option<Rc<dyn OpenFile>>>>;

    /// What is kept. A source that fetches nothing keeps nothing.
    ///
    /// # Errors
    /// If storage cannot be read.
    fn kept(&self) -> LocalFuture<'_, Result<Vec<KeptModel>>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    /// Deletes what is kept of a model.
    ///
    /// # Errors
    /// If it is in use.
    fn forget<'a>(&'a self, _name: &'a str) -> LocalFuture<'a, Result<()>> {
        Box::pin(async { Ok(()) })
    }
}

/// A model of which files are kept for the next visit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptModel {
    /// As a request names it.
    pub name: String,
    /// How much room its files take, those that are not whole included.
    pub n_bytes: u64,
}

/// A file that is at hand, of which any part can be read.
pub trait OpenFile {
    /// How long it is.
    fn n_bytes(&self) -> u64;

    /// Bytes of it, as many as asked for.
    ///
    /// # Errors
    /// If the range ends behind the file, or reading fails.
    fn read(&self, range: Range<u64>) -> LocalFuture<'_, Result<Vec<u8>>>;
}
