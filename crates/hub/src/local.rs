use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::model_id::is_plain_name;
use crate::{Error, FileSource, LocalFuture, ModelId, Progress, Result};

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
    fn read<'a>(
        &'a self,
        model: &'a ModelId,
        file: &'a str,
        progress: &'a Progress<'a>,
    ) -> LocalFuture<'a, Result<Option<Vec<u8>>>> {
        Box::pin(async move {
            if !is_plain_name(file) {
                return Err(Error::FileName {
                    name: file.to_owned(),
                });
            }
            let folder = self.folder(model)?;
            let bytes = read_if_there(&folder, file)?;
            if let Some(bytes) = &bytes {
                progress(bytes.len() as u64, Some(bytes.len() as u64));
            }
            Ok(bytes)
        })
    }
}

fn read_if_there(folder: &Path, file: &str) -> Result<Option<Vec<u8>>> {
    match fs::read(folder.join(file)) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::Read {
            file: file.to_owned(),
            reason: error.to_string(),
            place: folder.display().to_string(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::executor::block_on;

    fn read(root: &str, model: &str, file: &str) -> Result<Option<Vec<u8>>> {
        let source = LocalFolder::new(vec![PathBuf::from(root)]);
        let model = ModelId::parse(model).unwrap();
        block_on(source.read(&model, file, &|_, _| ()))
    }

    #[test]
    fn files_are_found_by_the_name_of_their_folder() {
        let root = env!("CARGO_MANIFEST_DIR");
        assert!(read(root, "src", "lib.rs").unwrap().is_some());
        assert!(read(root, "src", "absent.rs").unwrap().is_none());
    }

    #[test]
    fn a_missing_folder_is_named() {
        let error = read(env!("CARGO_MANIFEST_DIR"), "nowhere", "lib.rs").unwrap_err();
        assert_eq!(error.to_string(), "there is no model folder at nowhere");
    }

    #[test]
    fn file_names_cannot_leave_the_folder() {
        let root = env!("CARGO_MANIFEST_DIR");
        for file in ["../Cargo.toml", "/etc/passwd", "..", ""] {
            assert!(matches!(
                read(root, "src", file),
                Err(Error::FileName { .. })
            ));
        }
    }
}
