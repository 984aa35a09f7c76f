use std::cell::RefCell;
use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::model_id::is_plain_name;
use crate::{Error, FileSource, Listing, LocalFuture, ModelId, OpenFile, Progress, Result};

/// Models in folders on disk. A model's name is the folder's path, or the name of a
/// folder in one of the `roots`.
///
/// In a browser there is no disk, and every model is absent.
#[derive(Clone, Debug, Default)]
pub struct LocalFolder {
    roots: Vec<PathBuf>,
}

impl LocalFolder {
    /// Looks a name up as a path, then in each of `roots`.
    pub fn new(roots: Vec<PathBuf>) -> Self {
        Self { roots }
    }

    fn folder(&self, model: &ModelId) -> Result<PathBuf> {
        let own = PathBuf::from(model.as_str());
        let in_roots = self.roots.iter().map(|root| root.join(model.as_str()));
        let in_roots = in_roots.filter(|_| model.is_plain_name());
        let mut candidates = std::iter::once(own).chain(in_roots);
        candidates
            .find(|folder| folder.is_dir())
            .ok_or_else(|| Error::NoFolder {
                path: model.to_string(),
            })
    }
}

impl FileSource for LocalFolder {
    fn list<'a>(
        &'a self,
        model: &'a ModelId,
        _progress: &'a Progress<'a>,
    ) -> LocalFuture<'a, Result<Option<Listing>>> {
        Box::pin(async move { self.folder(model).map(|_| None) })
    }

    fn open<'a>(
        &'a self,
        model: &'a ModelId,
        file: &'a str,
        _progress: &'a Progress<'a>,
    ) -> LocalFuture<'a, Result<Option<Rc<dyn OpenFile>>>> {
        Box::pin(async move {
            let folder = self.folder(model)?;
            let opened = LocalFile::open(&folder, file)?;
            Ok(opened.map(|opened| Rc::new(opened) as Rc<dyn OpenFile>))
        })
    }
}

/// A file on disk.
pub struct LocalFile {
    file: RefCell<File>,
    n_bytes: u64,
    name: String,
    folder: PathBuf,
}

impl LocalFile {
    /// Opens a file of a folder; `None` if it is not there.
    ///
    /// # Errors
    /// If its name could leave the folder, or the system refuses.
    pub fn open(folder: &Path, name: &str) -> Result<Option<Self>> {
        if !is_plain_name(name) {
            return Err(Error::FileName {
                name: name.to_owned(),
            });
        }
        let file = match File::open(folder.join(name)) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            opened => opened,
        };
        let with_length = file.and_then(|file| Ok((file.metadata()?.len(), file)));
        let (n_bytes, file) = with_length.map_err(|error| unreadable(name, folder, &error))?;
        Ok(Some(Self {
            file: RefCell::new(file),
            n_bytes,
            name: name.to_owned(),
            folder: folder.to_owned(),
        }))
    }

    fn bytes(&self, range: &Range<u64>) -> io::Result<Vec<u8>> {
        let is_inside = range.start <= range.end && range.end <= self.n_bytes;
        let length = usize::try_from(range.end.saturating_sub(range.start));
        let (true, Ok(length)) = (is_inside, length) else {
            return Err(io::Error::other(format!(
                "bytes {} to {} of {} were asked for",
                range.start, range.end, self.n_bytes
            )));
        };
        let mut file = self.file.borrow_mut();
        file.seek(SeekFrom::Start(range.start))?;
        let mut bytes = vec![0; length];
        file.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

impl OpenFile for LocalFile {
    fn n_bytes(&self) -> u64 {
        self.n_bytes
    }

    fn read(&self, range: Range<u64>) -> LocalFuture<'_, Result<Vec<u8>>> {
        Box::pin(async move {
            self.bytes(&range)
                .map_err(|error| unreadable(&self.name, &self.folder, &error))
        })
    }
}

fn unreadable(name: &str, folder: &Path, error: &io::Error) -> Error {
    Error::Read {
        file: name.to_owned(),
        reason: error.to_string(),
        place: folder.display().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::executor::block_on;

    fn open(root: &str, model: &str, file: &str) -> Result<Option<Rc<dyn OpenFile>>> {
        let source = LocalFolder::new(vec![PathBuf::from(root)]);
        let model = ModelId::parse(model).unwrap();
        block_on(source.open(&model, file, &|_| ()))
    }

    #[test]
    fn files_are_found_by_the_name_of_their_folder() {
        let root = env!("CARGO_MANIFEST_DIR");
        assert!(open(root, "src", "lib.rs").unwrap().is_some());
        assert!(open(root, "src", "absent.rs").unwrap().is_none());
    }

    #[test]
    fn a_missing_folder_is_named() {
        let error = open(env!("CARGO_MANIFEST_DIR"), "nowhere", "lib.rs")
            .err()
            .unwrap();
        assert_eq!(error.to_string(), "there is no model folder at nowhere");
    }

    #[test]
    fn file_names_cannot_leave_the_folder() {
        let root = env!("CARGO_MANIFEST_DIR");
        for file in ["../Cargo.toml", "/etc/passwd", "..", ""] {
            assert!(matches!(
                open(root, "src", file),
                Err(Error::FileName { .. })
            ));
        }
    }

    #[test]
    fn any_part_of_a_file_is_read() {
        let file = open(env!("CARGO_MANIFEST_DIR"), "src", "lib.rs");
        let file = file.unwrap().unwrap();
        let read = |range| block_on(file.read(range));
        assert_eq!(read(0..5).unwrap(), b"//! W");
        assert_eq!(read(4..9).unwrap(), b"Where");
        assert_eq!(read(file.n_bytes()..file.n_bytes()).unwrap(), b"");
        let error = read(0..file.n_bytes() + 1).unwrap_err().to_string();
        assert!(error.contains("were asked for"), "{error}");
    }
}
