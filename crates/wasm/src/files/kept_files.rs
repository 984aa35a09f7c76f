use hub::{Listing, Repository};
use js_sys::{JsString, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    Blob, DedicatedWorkerGlobalScope, File, FileSystemDirectoryHandle, FileSystemFileHandle,
    FileSystemGetDirectoryOptions, FileSystemGetFileOptions, FileSystemRemoveOptions,
    FileSystemSyncAccessHandle,
};

use super::promises::{next, resolved};

/// The folder of all kept models, in the origin's private file system.
const ROOT: &str = "models";

/// After the name of a file of which all is there and has been checked.
const WHOLE: &str = ".whole";

/// After the name of a listing, of which the rest is the revision.
const LISTING: &str = ".listing";

/// The files of one commit of a model that are kept for the next visit: by repository,
/// commit and name. A file counts once it was seen to be whole; one of which a part is
/// there goes on where it ended.
pub(super) struct KeptFiles {
    commit: FileSystemDirectoryHandle,
}

/// Models of which something is kept, and how much room each takes.
pub(super) async fn kept_models() -> Result<Vec<(String, u64)>, JsValue> {
    let Some(root) = root(false).await? else {
        return Ok(Vec::new());
    };
    let mut models = Vec::new();
    for (key, folder) in entries(&root).await? {
        if let Ok(folder) = folder.dyn_into() {
            models.push((decoded(&key), size_of_folder(&folder).await?));
        }
    }
    models.sort();
    Ok(models)
}

/// Deletes what is kept of a model.
pub(super) async fn forget(name: &str) -> Result<(), JsValue> {
    if let Some(root) = root(false).await? {
        remove(&root, &encoded(name)).await?;
    }
    Ok(())
}

/// What is known of a revision since the last visit.
pub(super) async fn kept_listing(repository: &Repository) -> Option<Listing> {
    let folder = folder_of(repository, false).await.ok()??;
    let file = file_in(&folder, &listing_name(repository)).await.ok()??;
    let json: JsString = resolved(file.text()).await.ok()?;
    Listing::from_json(String::from(json).as_bytes(), &key_of(repository)).ok()
}

/// Keeps what a server answered about a revision.
pub(super) async fn keep_listing(repository: &Repository, json: &[u8]) -> Result<(), JsValue> {
    let Some(folder) = folder_of(repository, true).await? else {
        return Ok(());
    };
    let handle = writable(&folder, &listing_name(repository)).await?;
    let written = handle
        .truncate_with_u32(0)
        .and_then(|()| handle.write_with_u8_array(json).map(|_| ()));
    handle.close();
    written
}

impl KeptFiles {
    /// The folder of a commit, made if it is not there.
    ///
    /// # Errors
    /// If the browser forbids storage, as it does in some private windows and frames.
    pub(super) async fn open(repository: &Repository, commit: &str) -> Result<Self, JsValue> {
        let folder = folder_of(repository, true).await?;
        let folder = folder.ok_or_else(|| JsValue::from_str("there is no folder"))?;
        let commit = folder_in(&folder, &encoded(commit), true).await?;
        let commit = commit.ok_or_else(|| JsValue::from_str("there is no folder"))?;
        Ok(Self { commit })
    }

    /// A file of which all is there.
    pub(super) async fn whole(&self, name: &str) -> Option<Blob> {
        let marker = format!("{name}{WHOLE}");
        file_in(&self.commit, &marker).await.ok()??;
        self.there(name).await
    }

    /// What there is of a file.
    pub(super) async fn there(&self, name: &str) -> Option<Blob> {
        Some(file_in(&self.commit, name).await.ok()??.into())
    }

    /// A file to write on, with what is there of it already. Only one can be open.
    pub(super) async fn part(&self, name: &str) -> Result<FileSystemSyncAccessHandle, JsValue> {
        writable(&self.commit, name).await
    }

    /// Says that all of a file is there.
    pub(super) async fn mark_whole(&self, name: &str) -> Result<(), JsValue> {
        let marker = format!("{name}{WHOLE}");
        writable(&self.commit, &marker).await?.close();
        Ok(())
    }

    /// Forgets a file.
    pub(super) async fn remove(&self, name: &str) -> Result<(), JsValue> {
        remove(&self.commit, &format!("{name}{WHOLE}")).await?;
        remove(&self.commit, name).await
    }
}

fn key_of(repository: &Repository) -> String {
    repository.plain_name()
}

fn listing_name(repository: &Repository) -> String {
    format!("{}{LISTING}", encoded(&repository.revision))
}

async fn folder_of(
    repository: &Repository,
    is_made: bool,
) -> Result<Option<FileSystemDirectoryHandle>, JsValue> {
    match root(is_made).await? {
        Some(root) => folder_in(&root, &encoded(&key_of(repository)), is_made).await,
        None => Ok(None),
    }
}

async fn root(is_made: bool) -> Result<Option<FileSystemDirectoryHandle>, JsValue> {
    let scope: DedicatedWorkerGlobalScope = js_sys::global().dyn_into()?;
    let storage = Reflect::get(&scope.navigator(), &"storage".into())?;
    if storage.is_undefined() {
        // Pages that are not from a secure address have none.
        return Err(JsValue::from_str("the browser gives this page no storage"));
    }
    let origin: FileSystemDirectoryHandle =
        resolved(scope.navigator().storage().get_directory()).await?;
    folder_in(&origin, ROOT, is_made).await
}

async fn folder_in(
    folder: &FileSystemDirectoryHandle,
    name: &str,
    is_made: bool,
) -> Result<Option<FileSystemDirectoryHandle>, JsValue> {
    let options = FileSystemGetDirectoryOptions::new();
    options.set_create(is_made);
    absent_is_none(resolved(folder.get_directory_handle_with_options(name, &options)).await)
}

async fn file_in(folder: &FileSystemDirectoryHandle, name: &str) -> Result<Option<File>, JsValue> {
    let handle: Option<FileSystemFileHandle> =
        absent_is_none(resolved(folder.get_file_handle(name)).await)?;
    match handle {
        Some(handle) => resolved(handle.get_file()).await.map(Some),
        None => Ok(None),
    }
}

async fn writable(
    folder: &FileSystemDirectoryHandle,
    name: &str,
) -> Result<FileSystemSyncAccessHandle, JsValue> {
    let options = FileSystemGetFileOptions::new();
    options.set_create(true);
    let handle: FileSystemFileHandle =
        resolved(folder.get_file_handle_with_options(name, &options)).await?;
    resolved(handle.create_sync_access_handle()).await
}

async fn remove(folder: &FileSystemDirectoryHandle, name: &str) -> Result<(), JsValue> {
    let options = FileSystemRemoveOptions::new();
    options.set_recursive(true);
    let removed =
        wasm_bindgen_futures::JsFuture::from(folder.remove_entry_with_options(name, &options));
    absent_is_none(removed.await).map(|_| ())
}

fn absent_is_none<T>(found: Result<T, JsValue>) -> Result<Option<T>, JsValue> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(error) => {
            let name = Reflect::get(&error, &"name".into()).unwrap_or_default();
            match name.as_string().as_deref() {
                Some("NotFoundError") => Ok(None),
                _ => Err(error),
            }
        }
    }
}

/// Names and handles of what is in a folder.
async fn entries(folder: &FileSystemDirectoryHandle) -> Result<Vec<(String, JsValue)>, JsValue> {
    let iterator = folder.entries();
    let mut found = Vec::new();
    while let Some(pair) = next(iterator.next()?).await? {
        let pair: js_sys::Array = pair.dyn_into()?;
        let name = pair.get(0).as_string().unwrap_or_default();
        found.push((name, pair.get(1)));
    }
    Ok(found)
}

/// How long all files in a folder and the folders in it are.
async fn size_of_folder(folder: &FileSystemDirectoryHandle) -> Result<u64, JsValue> {
    let mut n_bytes = 0;
    let mut folders = vec![folder.clone()];
    while let Some(folder) = folders.pop() {
        for (_, entry) in entries(&folder).await? {
            match entry.dyn_into::<FileSystemFileHandle>() {
                Ok(file) => {
                    let file: File = resolved(file.get_file()).await?;
                    n_bytes += file.size() as u64;
                }
                Err(entry) => folders.push(entry.dyn_into()?),
            }
        }
    }
    Ok(n_bytes)
}

/// A name without the characters that a file system gives a meaning.
fn encoded(name: &str) -> String {
    String::from(js_sys::encode_uri_component(name))
}

fn decoded(name: &str) -> String {
    match js_sys::decode_uri_component(name) {
        Ok(decoded) => String::from(decoded),
        Err(_) => name.to_owned(),
    }
}
