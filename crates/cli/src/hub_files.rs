//! Models of the Hugging Face Hub, by its own client: from the cache that all of its
//! tools share, or downloaded into it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;

use hf_hub::api::sync::{Api, ApiBuilder, ApiRepo};
use hf_hub::{Cache, Repo, RepoType};
use hub::{
    Error, FileSource, HUB_ENDPOINT, Listing, LocalFile, LocalFolder, LocalFuture, Location,
    ModelId, OpenFile, Progress, Repository, Result, Step,
};

/// Models in folders, and on the Hub: `HF_HOME`, `HF_ENDPOINT` and `HF_HUB_OFFLINE` have
/// the meaning that they have for its other tools.
pub(crate) struct HubFiles {
    folders: LocalFolder,
    /// What the Hub answered about models: a request asks once.
    listings: RefCell<BTreeMap<String, Option<Listing>>>,
}

/// A broken download is taken up again so often.
const N_RETRIES: usize = 5;

/// The file that tells whether anything of a model is in the cache.
const CONFIG_FILE: &str = "config.json";

impl HubFiles {
    pub(crate) fn new() -> Self {
        Self {
            folders: LocalFolder::default(),
            listings: RefCell::default(),
        }
    }

    /// The repository of a model that is in no folder.
    fn repository(model: &ModelId) -> Option<Repository> {
        if Path::new(model.as_str()).is_dir() {
            return None;
        }
        match model.location() {
            Location::Repository(repository) | Location::Address(repository) => Some(repository),
            Location::Folder(_) | Location::Chosen(_) => None,
        }
    }

    /// What the Hub tells; `None` if it cannot be asked and something is in the cache.
    fn listing(&self, repository: &Repository, progress: &Progress<'_>) -> Result<Option<Listing>> {
        let address = repository.listing_address();
        if let Some(known) = self.listings.borrow().get(&address) {
            return Ok(known.clone());
        }
        let listing = match fetch_listing(repository) {
            Ok(listing) => Some(listing),
            Err(error) => {
                let cached = Cache::from_env().repo(repo(repository));
                if cached.get(CONFIG_FILE).is_none() {
                    return Err(error);
                }
                progress(Step::Offline {
                    commit: repository.revision.clone(),
                });
                None
            }
        };
        let mut listings = self.listings.borrow_mut();
        listings.insert(address, listing.clone());
        Ok(listing)
    }
}

impl FileSource for HubFiles {
    fn list<'a>(
        &'a self,
        model: &'a ModelId,
        progress: &'a Progress<'a>,
    ) -> LocalFuture<'a, Result<Option<Listing>>> {
        match Self::repository(model) {
            Some(repository) => Box::pin(async move { self.listing(&repository, progress) }),
            None => self.folders.list(model, progress),
        }
    }

    fn open<'a>(
        &'a self,
        model: &'a ModelId,
        file: &'a str,
        progress: &'a Progress<'a>,
    ) -> LocalFuture<'a, Result<Option<Rc<dyn OpenFile>>>> {
        let Some(repository) = Self::repository(model) else {
            return self.folders.open(model, file, progress);
        };
        Box::pin(async move {
            let listing = self.listing(&repository, progress)?;
            let cached = Cache::from_env().repo(repo(&repository)).get(file);
            let path = match (cached, listing) {
                (Some(path), _) => path,
                (None, Some(listing)) if listing.file(file).is_some() => {
                    download(&repository, file, progress)?
                }
                // Not in the repository, or not to be had without it.
                (None, _) => return Ok(None),
            };
            let folder = path.parent().unwrap_or(Path::new("."));
            let opened = LocalFile::open(folder, file)?;
            Ok(opened.map(|opened| Rc::new(opened) as Rc<dyn OpenFile>))
        })
    }
}

fn repo(repository: &Repository) -> Repo {
    Repo::with_revision(
        repository.name.clone(),
        RepoType::Model,
        repository.revision.clone(),
    )
}

fn client(repository: &Repository) -> Result<ApiRepo> {
    let mut builder = ApiBuilder::from_env()
        .with_progress(false)
        .with_retries(N_RETRIES);
    if repository.endpoint != HUB_ENDPOINT {
        builder = builder.with_endpoint(repository.endpoint.clone());
    }
    let built: Result<Api, _> = builder.build();
    let api = built.map_err(|error| Error::Listing {
        address: repository.listing_address(),
        reason: error.to_string(),
    })?;
    Ok(api.repo(repo(repository)))
}

fn is_offline() -> bool {
    let value = std::env::var("HF_HUB_OFFLINE").unwrap_or_default();
    matches!(value.to_uppercase().as_str(), "1" | "ON" | "YES" | "TRUE")
}

fn fetch_listing(repository: &Repository) -> Result<Listing> {
    let address = repository.listing_address();
    let failed = |reason: String| Error::Listing {
        address: address.clone(),
        reason,
    };
    if is_offline() {
        return Err(failed(
            "HF_HUB_OFFLINE is set and the cache has no such model".to_owned(),
        ));
    }
    let answer = client(repository)?
        .info_request()
        .query("blobs", "true")
        .call();
    let mut response = match answer {
        Ok(response) => response,
        Err(ureq::Error::StatusCode(401 | 403 | 404)) => {
            return Err(Error::NoRepository {
                server: repository.endpoint.clone(),
                name: repository.name.clone(),
                revision: repository.revision.clone(),
            });
        }
        Err(error) => return Err(failed(error.to_string())),
    };
    let json = response.body_mut().read_to_vec();
    let json = json.map_err(|error| failed(error.to_string()))?;
    Listing::from_json(&json, &address)
}

fn download(
    repository: &Repository,
    file: &str,
    progress: &Progress<'_>,
) -> Result<std::path::PathBuf> {
    let told = Told {
        progress,
        done: 0,
        total: 0,
    };
    client(repository)?
        .download_with_progress(file, told)
        .map_err(|error| Error::Read {
            file: file.to_owned(),
            reason: error.to_string(),
            place: repository.file_address(None, file),
        })
}

/// Passes on what the client tells.
struct Told<'a, 'b> {
    progress: &'a Progress<'b>,
    done: u64,
    total: u64,
}

impl hf_hub::api::Progress for Told<'_, '_> {
    fn init(&mut self, size: usize, _name: &str) {
        (self.done, self.total) = (0, size as u64);
    }

    fn update(&mut self, size: usize) {
        self.done += size as u64;
        (self.progress)(Step::Arrived {
            done: self.done,
            total: Some(self.total),
        });
    }

    fn finish(&mut self) {}
}
