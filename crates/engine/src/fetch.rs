//! Which files of a model are fetched, and what is told meanwhile.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::ops::Range;
use std::rc::Rc;

use hub::{Listing, LocalFuture, ModelId, OpenFile, Step};
use models::{
    CONFIG_FILE, FileBytes, FileWanted, ModelFiles, WeightsSize, files_to_fetch, is_weights_file,
    weights_bytes, weights_files_in_index,
};
use protocol::{Event, Failure, FailureKind, Stage};

use crate::failure::{failure_from_hub, failure_from_models};
use crate::{Answer, Engine};

/// What a run needs beside weights, in a program that can address little: measured, see
/// `tests/benches/README.md`.
pub(crate) const BESIDE_WEIGHTS_BYTES: u64 = 300 << 20;

/// What is known of a model before its weights are fetched.
pub(crate) struct Found {
    pub(crate) config: Vec<u8>,
    pub(crate) listing: Option<Listing>,
    wanted: Vec<FileWanted>,
    pub(crate) size: WeightsSize,
}

/// Tells what happens, over all files of one model.
pub(crate) struct Teller<'a> {
    emit: RefCell<&'a mut dyn FnMut(Event)>,
    /// Of the files before this one.
    n_before: Cell<u64>,
    /// Of all files, where that is known.
    total: Cell<Option<u64>>,
    /// Nothing is said twice.
    said: RefCell<BTreeSet<String>>,
}

/// A file of the source, as models read it.
struct Ranged(Rc<dyn OpenFile>);

impl FileBytes for Ranged {
    fn n_bytes(&self) -> u64 {
        self.0.n_bytes()
    }

    fn read(&self, range: Range<u64>) -> LocalFuture<'_, Result<Vec<u8>, String>> {
        Box::pin(async move {
            let read = self.0.read(range).await;
            read.map_err(|error| error.to_string())
        })
    }
}

impl Engine {
    /// The files that a model needs, of which weights are not read yet. What cannot fit
    /// into memory is refused before.
    pub(crate) async fn fetch(
        &self,
        id: &ModelId,
        is_in_own_memory: bool,
        emit: &mut dyn FnMut(Event),
    ) -> Answer<ModelFiles> {
        let teller = Teller::new(emit);
        let found = self.find(id, &teller).await?;
        if is_in_own_memory && let Some(obstacle) = self.memory_obstacle(id, found.size) {
            return Err(obstacle);
        }
        let (_, total) = found.planned();
        teller.total.set(total);
        let mut files = ModelFiles::new();
        files.insert(CONFIG_FILE, found.config);
        for wanted in &found.wanted {
            self.fetch_first_alternative(id, wanted, &mut files, &teller)
                .await?;
        }
        Ok(files)
    }

    pub(crate) async fn find(&self, id: &ModelId, teller: &Teller<'_>) -> Answer<Found> {
        let listing = self.source.list(id, &|step| teller.tell(step)).await;
        let listing = listing.map_err(|error| failure_from_hub(&error))?;
        let config = match self.open(id, CONFIG_FILE, teller).await? {
            Some(file) => read_all(file.as_ref()).await?,
            None => return Err(missing(id, CONFIG_FILE)),
        };
        let wanted = files_to_fetch(&config).map_err(|error| unusable(id, &error))?;
        let size = weights_bytes(&config).map_err(|error| unusable(id, &error))?;
        Ok(Found {
            config,
            listing,
            wanted,
            size,
        })
    }

    /// Why a model cannot be loaded, if it cannot.
    pub(crate) fn memory_obstacle(&self, id: &ModelId, size: WeightsSize) -> Option<Failure> {
        let most = self.memory_bytes?;
        let needed = size.f32_bytes.saturating_add(BESIDE_WEIGHTS_BYTES);
        let megabytes = |n_bytes: u64| n_bytes / 1_000_000;
        (needed > most).then(|| Failure {
            kind: FailureKind::OutOfMemory,
            message: format!(
                "{id} has {} weights, which take {} MB of memory, and a run some {} MB more: that \
                 is over the {} MB that can be used here",
                size.n_parameters,
                megabytes(size.f32_bytes),
                megabytes(BESIDE_WEIGHTS_BYTES),
                megabytes(most),
            ),
            hint: Some("choose a smaller model, WebGPU, or the command line".to_owned()),
        })
    }

    async fn fetch_first_alternative(
        &self,
        id: &ModelId,
        wanted: &FileWanted,
        files: &mut ModelFiles,
        teller: &Teller<'_>,
    ) -> Answer<()> {
        for alternative in &wanted.alternatives {
            let mut found = Vec::new();
            for name in alternative {
                match self.open(id, name, teller).await? {
                    Some(file) => found.push((*name, file)),
                    None => break,
                }
            }
            if found.len() < alternative.len() {
                continue;
            }
            for (name, file) in found {
                if is_weights_file(name) {
                    files.insert_weights(name, Rc::new(Ranged(file)));
                    continue;
                }
                let bytes = read_all(file.as_ref()).await?;
                self.fetch_shards(id, name, &bytes, files, teller).await?;
                files.insert(name, bytes);
            }
            return Ok(());
        }
        match wanted.alternatives.first().and_then(|names| names.first()) {
            Some(name) if wanted.is_required => Err(missing(id, name)),
            _ => Ok(()),
        }
    }

    /// Opens the files that a file names, if it is an index of weights.
    async fn fetch_shards(
        &self,
        id: &ModelId,
        name: &str,
        index: &[u8],
        files: &mut ModelFiles,
        teller: &Teller<'_>,
    ) -> Answer<()> {
        let shards = weights_files_in_index(name, index).map_err(|error| unusable(id, &error))?;
        for shard in shards {
            match self.open(id, &shard, teller).await? {
                Some(file) => files.insert_weights(shard, Rc::new(Ranged(file))),
                None => return Err(missing(id, &shard)),
            }
        }
        Ok(())
    }

    async fn open(
        &self,
        id: &ModelId,
        file: &str,
        teller: &Teller<'_>,
    ) -> Answer<Option<Rc<dyn OpenFile>>> {
        let progress = |step: Step| teller.tell(step);
        let opened = self.source.open(id, file, &progress).await;
        let opened = opened.map_err(|error| failure_from_hub(&error))?;
        if let Some(file) = &opened {
            teller.file_is_there(file.n_bytes());
        }
        Ok(opened)
    }
}

/// The end of the name of a file that names files with weights.
const INDEX: &str = ".index.json";

impl Found {
    /// The files that will be fetched, and their size together, where a listing tells.
    pub(crate) fn planned(&self) -> (Vec<String>, Option<u64>) {
        planned(self.listing.as_ref(), &self.wanted)
    }
}

fn planned(listing: Option<&Listing>, wanted: &[FileWanted]) -> (Vec<String>, Option<u64>) {
    let Some(listing) = listing else {
        return (Vec::new(), None);
    };
    let mut names = vec![CONFIG_FILE.to_owned()];
    for wanted in wanted {
        let mut alternatives = wanted.alternatives.iter();
        let is_listed = |name: &&'static str| listing.file(name).is_some();
        let Some(chosen) = alternatives.find(|names| names.iter().all(is_listed)) else {
            continue;
        };
        for name in chosen {
            names.push((*name).to_owned());
            if let Some(whole) = name.strip_suffix(INDEX) {
                // "model.safetensors" becomes "model-00001-of-00002.safetensors".
                let (stem, ending) = whole.rsplit_once('.').unwrap_or((whole, ""));
                let is_shard =
                    |name: &str| name.starts_with(&format!("{stem}-")) && name.ends_with(ending);
                let shards = listing.files.iter().filter(|file| is_shard(&file.name));
                names.extend(shards.map(|file| file.name.clone()));
            }
        }
    }
    let sizes = names.iter().map(|name| listing.file(name)?.size);
    let n_bytes = sizes.sum();
    (names, n_bytes)
}

async fn read_all(file: &dyn OpenFile) -> Answer<Vec<u8>> {
    let read = file.read(0..file.n_bytes()).await;
    read.map_err(|error| failure_from_hub(&error))
}

impl<'a> Teller<'a> {
    pub(crate) fn new(emit: &'a mut dyn FnMut(Event)) -> Self {
        Self {
            emit: RefCell::new(emit),
            n_before: Cell::new(0),
            total: Cell::new(None),
            said: RefCell::default(),
        }
    }

    fn tell(&self, step: Step) {
        let message = match step {
            Step::Arrived { done, total } => {
                let (done, total) = match self.total.get() {
                    Some(total) => (self.n_before.get() + done, Some(total)),
                    None => (done, total),
                };
                (self.emit.borrow_mut())(Event::Progress {
                    stage: Stage::Download,
                    done,
                    total,
                });
                return;
            }
            Step::Waits { reason, secs } => {
                format!("The download was interrupted ({reason}); it goes on in {secs} s.")
            }
            Step::NotKept { reason } => format!(
                "The model’s files cannot be kept for the next visit ({reason}); they are used all \
                 the same."
            ),
            Step::Offline { commit } => format!(
                "The model’s server cannot be reached; the files of {commit} that were kept are \
                 used."
            ),
        };
        if self.said.borrow_mut().insert(message.clone()) {
            (self.emit.borrow_mut())(Event::Notice { message });
        }
    }

    fn file_is_there(&self, n_bytes: u64) {
        let done = self.n_before.get() + n_bytes;
        self.n_before.set(done);
        if let Some(total) = self.total.get() {
            let event = Event::Progress {
                stage: Stage::Download,
                done,
                total: Some(total),
            };
            (self.emit.borrow_mut())(event);
        }
    }
}

fn missing(id: &ModelId, file: &str) -> Failure {
    let name = file.to_owned();
    unusable(id, &models::Error::MissingFile { name })
}

/// Says which model it is that cannot be used.
pub(crate) fn unusable(model: &ModelId, error: &models::Error) -> Failure {
    let failure = failure_from_models(error);
    Failure {
        message: format!("{}, in model {model}", failure.message),
        ..failure
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(files: &[(&str, Option<u64>)]) -> Listing {
        let files = files.iter().map(|(name, size)| hub::ListedFile {
            name: (*name).to_owned(),
            size: *size,
            sha256: None,
        });
        Listing {
            files: files.collect(),
            ..Listing::default()
        }
    }

    fn planned_of(files: &[(&str, Option<u64>)]) -> (Vec<String>, Option<u64>) {
        let wanted = files_to_fetch(br#"{"model_type": "gpt2"}"#).unwrap();
        planned(Some(&listing(files)), &wanted)
    }

    #[test]
    fn the_best_of_what_is_listed_is_planned() {
        let (names, n_bytes) = planned_of(&[
            ("README.md", Some(1000)),
            ("config.json", Some(1)),
            ("vocab.json", Some(2)),
            ("merges.txt", Some(3)),
            ("pytorch_model.bin", Some(400)),
            ("model.safetensors", Some(50)),
        ]);
        let expected = [
            "config.json",
            "vocab.json",
            "merges.txt",
            "model.safetensors",
        ];
        assert_eq!(names, expected);
        assert_eq!(n_bytes, Some(56));
    }

    #[test]
    fn weights_in_several_files_are_all_counted() {
        let (names, n_bytes) = planned_of(&[
            ("config.json", Some(1)),
            ("tokenizer.json", Some(1)),
            ("model.safetensors.index.json", Some(1)),
            ("model-00001-of-00002.safetensors", Some(30)),
            ("model-00002-of-00002.safetensors", Some(20)),
        ]);
        assert_eq!(names.len(), 5);
        assert_eq!(n_bytes, Some(53));
    }

    #[test]
    fn one_size_that_is_not_told_leaves_the_sum_unknown() {
        let (_, n_bytes) = planned_of(&[("config.json", Some(1)), ("model.safetensors", None)]);
        assert_eq!(n_bytes, None);
    }
}
