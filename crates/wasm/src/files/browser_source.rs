use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use gloo::net::http::Request;
use hub::{
    Answer, Error, FileSource, KeptModel, ListedFile, Listing, LocalFuture, Location, ModelId,
    Next, OpenFile, Progress, Repository, Result, Retries, Step,
};
use wasm_bindgen::JsValue;
use web_sys::{File, Url};

use super::blob_file::BlobFile;
use super::download::{Download, wait};
use super::kept_files::{KeptFiles, forget, keep_listing, kept_listing, kept_models};
use super::promises::reason_of;

/// Files that the visitor chose from disk, by the name that a model gets, then by their
/// own names.
pub(crate) type ChosenFiles = Rc<RefCell<BTreeMap<String, BTreeMap<String, File>>>>;

/// Model files over the network, and from disk: bundled models lie beside the worker's
/// program; those of the Hub, and of servers that have its layout, are kept for the next
/// visit.
pub(crate) struct BrowserSource {
    program_address: String,
    chosen: ChosenFiles,
    /// What servers answered about models, by the model's name: a request asks once.
    listings: RefCell<BTreeMap<String, Option<Listing>>>,
}

impl BrowserSource {
    /// Looks for bundled models in `models/` beside the program at this address.
    pub(crate) fn new(program_address: String, chosen: ChosenFiles) -> Self {
        Self {
            program_address,
            chosen,
            listings: RefCell::default(),
        }
    }

    fn bundled_address(&self, model: &ModelId, file: &str) -> Result<String> {
        let joined = Url::new_with_base(&format!("models/{model}/"), &self.program_address)
            .and_then(|base| Url::new_with_base(file, &base.href()));
        match joined {
            Ok(url) if model.is_plain_name() => Ok(url.href()),
            _ => Err(Error::ModelName {
                name: model.to_string(),
                reason: "is neither a bundled model, nor one of the Hub (owner/name), nor a web \
                         address",
            }),
        }
    }

    /// What a server tells of a revision, or what it told at an earlier visit if it
    /// cannot be reached; `None` if it has another layout.
    async fn fetch_listing(
        &self,
        repository: &Repository,
        is_hub: bool,
        progress: &Progress<'_>,
    ) -> Result<Option<Listing>> {
        let address = repository.listing_address();
        let mut retries = Retries::new();
        loop {
            let answer = match get(&address).await {
                Ok((200..=299, json)) => match Listing::from_json(&json, &address) {
                    Ok(listing) => {
                        // Without it the next visit needs the network, no more.
                        let _ = keep_listing(repository, &json).await;
                        return Ok(Some(listing));
                    }
                    Err(_) if !is_hub => return Ok(None),
                    Err(error) => return Err(error),
                },
                Ok((401 | 403 | 404, _)) if is_hub => {
                    return Err(Error::NoRepository {
                        server: repository.endpoint.clone(),
                        name: repository.name.clone(),
                        revision: repository.revision.clone(),
                    });
                }
                Ok((code, _)) => Answer::Status {
                    code,
                    retry_after_secs: None,
                },
                Err(reason) => Answer::Broken(reason),
            };
            if let Some(listing) = kept_listing(repository).await {
                let commit = listing.commit.clone();
                progress(Step::Offline { commit });
                return Ok(Some(listing));
            }
            if !is_hub {
                // A server without this address may refuse it in any way.
                return Ok(None);
            }
            match retries.after(&answer) {
                Next::Wait { secs } => wait(&answer, secs, progress).await,
                Next::GiveUp { reason } => return Err(Error::Listing { address, reason }),
            }
        }
    }

    /// The server of a model that has one, and what it tells; `None` of a server with
    /// another layout.
    async fn on_server(
        &self,
        model: &ModelId,
        progress: &Progress<'_>,
    ) -> Result<Option<(Repository, Option<Listing>)>> {
        let (repository, is_hub) = match model.location() {
            Location::Repository(repository) => (repository, true),
            Location::Address(repository) => (repository, false),
            Location::Folder(_) | Location::Chosen(_) => return Ok(None),
        };
        let known = self.listings.borrow().get(model.as_str()).cloned();
        let listing = match known {
            Some(known) => known,
            // An address without two parts to its path is none of the Hub's layout.
            None if repository.name.is_empty() => None,
            None => self.fetch_listing(&repository, is_hub, progress).await?,
        };
        let mut listings = self.listings.borrow_mut();
        listings.insert(model.to_string(), listing.clone());
        Ok(Some((repository, listing)))
    }

    /// A file of a repository, kept or fetched.
    async fn open_listed(
        &self,
        repository: &Repository,
        listing: &Listing,
        file: &str,
        progress: &Progress<'_>,
    ) -> Result<Option<BlobFile>> {
        let Some(listed) = listing.file(file) else {
            return Ok(None);
        };
        let address = repository.file_address(Some(&listing.commit), file);
        let kept = match KeptFiles::open(repository, &listing.commit).await {
            Ok(kept) => Some(kept),
            Err(error) => {
                progress(Step::NotKept {
                    reason: reason_of(&error),
                });
                None
            }
        };
        if let Some(kept) = &kept
            && let Some(blob) = kept.whole(file).await
        {
            if listed.size.is_none_or(|size| blob.size() == size as f64) {
                let done = blob.size() as u64;
                progress(Step::Arrived {
                    done,
                    total: Some(done),
                });
                return Ok(Some(BlobFile::new(blob, file, &address)));
            }
            // Half of it went away with a full disk, say.
            let _ = kept.remove(file).await;
        }
        let download = Download {
            address: &address,
            expected: listed,
            kept: kept.as_ref(),
            may_be_page: false,
            progress,
        };
        let blob = download.run().await?;
        Ok(blob.map(|blob| BlobFile::new(blob, file, &address)))
    }

    /// A file at an address of which nothing else is known.
    async fn open_unlisted(
        &self,
        address: &str,
        file: &str,
        progress: &Progress<'_>,
    ) -> Result<Option<BlobFile>> {
        let expected = ListedFile {
            name: file.to_owned(),
            size: None,
            sha256: None,
        };
        let download = Download {
            address,
            expected: &expected,
            kept: None,
            // Some hosts answer with a page where a file is missing.
            may_be_page: true,
            progress,
        };
        let blob = download.run().await?;
        Ok(blob.map(|blob| BlobFile::new(blob, file, address)))
    }

    fn open_chosen(&self, name: &str, file: &str) -> Result<Option<BlobFile>> {
        let chosen = self.chosen.borrow();
        let files = chosen.get(name).ok_or_else(|| Error::NoFolder {
            path: format!("{name}: its files were chosen at an earlier visit; choose them again"),
        })?;
        let found = files.get(file).cloned();
        Ok(found.map(|blob| BlobFile::new(blob.into(), file, name)))
    }
}

impl FileSource for BrowserSource {
    fn list<'a>(
        &'a self,
        model: &'a ModelId,
        progress: &'a Progress<'a>,
    ) -> LocalFuture<'a, Result<Option<Listing>>> {
        Box::pin(async move {
            // A revision may have moved since the last request.
            self.listings.borrow_mut().remove(model.as_str());
            let server = self.on_server(model, progress).await?;
            Ok(server.and_then(|(_, listing)| listing))
        })
    }

    fn open<'a>(
        &'a self,
        model: &'a ModelId,
        file: &'a str,
        progress: &'a Progress<'a>,
    ) -> LocalFuture<'a, Result<Option<Rc<dyn OpenFile>>>> {
        Box::pin(async move {
            let opened = match (self.on_server(model, progress).await?, model.location()) {
                (Some((repository, Some(listing))), _) => {
                    self.open_listed(&repository, &listing, file, progress)
                        .await?
                }
                (Some((repository, None)), _) => {
                    let address = repository.plain_file_address(file);
                    self.open_unlisted(&address, file, progress).await?
                }
                (None, Location::Chosen(name)) => self.open_chosen(&name, file)?,
                (None, _) => {
                    let address = self.bundled_address(model, file)?;
                    self.open_unlisted(&address, file, progress).await?
                }
            };
            Ok(opened.map(|opened| Rc::new(opened) as Rc<dyn OpenFile>))
        })
    }

    fn kept(&self) -> LocalFuture<'_, Result<Vec<KeptModel>>> {
        Box::pin(async move {
            let models = kept_models().await.map_err(|error| storage(&error))?;
            let models = models.into_iter();
            Ok(models
                .map(|(name, n_bytes)| KeptModel { name, n_bytes })
                .collect())
        })
    }

    fn forget<'a>(&'a self, name: &'a str) -> LocalFuture<'a, Result<()>> {
        Box::pin(async move { forget(name).await.map_err(|error| storage(&error)) })
    }
}

/// Status and body of an answer; the error says why there is none.
async fn get(address: &str) -> Result<(u16, Vec<u8>), String> {
    let response = Request::get(address).send().await;
    let response = response.map_err(|error| error.to_string())?;
    let body = response.binary().await;
    Ok((response.status(), body.map_err(|error| error.to_string())?))
}

fn storage(error: &JsValue) -> Error {
    Error::Storage {
        reason: reason_of(error),
    }
}
