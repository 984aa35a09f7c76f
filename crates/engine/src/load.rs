use std::rc::Rc;

use hub::ModelId;
use models::{CONFIG_FILE, FileWanted, ModelFiles, ModelSummary, SequenceModel, files_to_fetch};
use protocol::{Event, Failure, Stage};
use tensor::{Tensor, Usage};

use crate::failure::{failure_from_hub, failure_from_models, failure_from_tensor};
use crate::{Answer, Engine, Loaded};

impl Engine {
    pub(crate) async fn load(&mut self, model: &str, emit: &mut dyn FnMut(Event)) -> Answer<Event> {
        let loaded = self.model(model, emit).await?;
        Ok(Event::Loaded(summary_event(model, loaded.summary())))
    }

    /// The model, loaded now or before, on the device that was asked for.
    pub(crate) async fn model(
        &mut self,
        name: &str,
        emit: &mut dyn FnMut(Event),
    ) -> Answer<Rc<dyn SequenceModel>> {
        let device = self.choose_device(emit).await?;
        if let Some(loaded) = &self.loaded
            && loaded.name == name
        {
            return Ok(loaded.model.clone());
        }
        let id = ModelId::parse(name).map_err(|error| failure_from_hub(&error))?;
        let started_secs = (self.clock_secs)();
        let files = self.fetch(&id, emit).await?;
        let read_secs = (self.clock_secs)();
        // One model at a time: weights are by far the largest thing in memory.
        self.loaded = None;
        let mut on_layer = |done: usize| {
            emit(Event::Progress {
                stage: Stage::Load,
                done: done as u64,
                total: None,
            });
        };
        let model =
            models::load(files, &device, &mut on_layer).map_err(|error| unusable(name, &error))?;
        // Some devices say only when something is read that they had no room.
        let last = Tensor::upload(&device, vec![0.0], [1], Usage::Value);
        let read = async { last?.read().await };
        read.await.map_err(|error| failure_from_tensor(&error))?;
        let model: Rc<dyn SequenceModel> = Rc::from(model);
        self.loaded = Some(Loaded {
            name: name.to_owned(),
            model: model.clone(),
        });
        self.spent.reading = Some(read_secs - started_secs);
        self.spent.loading = Some((self.clock_secs)() - read_secs);
        Ok(model)
    }

    async fn fetch(&self, id: &ModelId, emit: &mut dyn FnMut(Event)) -> Answer<ModelFiles> {
        let mut files = ModelFiles::new();
        let config = self
            .read(id, CONFIG_FILE, emit)
            .await?
            .ok_or_else(|| missing(id, CONFIG_FILE))?;
        let wanted = files_to_fetch(&config).map_err(|error| unusable(id.as_str(), &error))?;
        files.insert(CONFIG_FILE, config);
        for wanted in wanted {
            self.fetch_first_alternative(id, &wanted, &mut files, emit)
                .await?;
        }
        Ok(files)
    }

    async fn fetch_first_alternative(
        &self,
        id: &ModelId,
        wanted: &FileWanted,
        files: &mut ModelFiles,
        emit: &mut dyn FnMut(Event),
    ) -> Answer<()> {
        for alternative in &wanted.alternatives {
            let mut found = Vec::new();
            for name in alternative {
                match self.read(id, name, emit).await? {
                    Some(bytes) => found.push((*name, bytes)),
                    None => break,
                }
            }
            if found.len() == alternative.len() {
                for (name, bytes) in found {
                    files.insert(name, bytes);
                }
                return Ok(());
            }
        }
        match wanted.alternatives.first().and_then(|names| names.first()) {
            Some(name) if wanted.is_required => Err(missing(id, name)),
            _ => Ok(()),
        }
    }

    async fn read(
        &self,
        id: &ModelId,
        file: &str,
        emit: &mut dyn FnMut(Event),
    ) -> Answer<Option<Vec<u8>>> {
        let emit = std::cell::RefCell::new(emit);
        let progress = |done: u64, total: Option<u64>| {
            (emit.borrow_mut())(Event::Progress {
                stage: Stage::Download,
                done,
                total,
            });
        };
        self.source
            .read(id, file, &progress)
            .await
            .map_err(|error| failure_from_hub(&error))
    }
}

fn missing(id: &ModelId, file: &str) -> Failure {
    let name = file.to_owned();
    unusable(id.as_str(), &models::Error::MissingFile { name })
}

/// Says which model it is that cannot be used.
fn unusable(model: &str, error: &models::Error) -> Failure {
    let failure = failure_from_models(error);
    Failure {
        message: format!("{}, in model {model}", failure.message),
        ..failure
    }
}

fn summary_event(model: &str, summary: &ModelSummary) -> protocol::ModelSummary {
    protocol::ModelSummary {
        model: model.to_owned(),
        family: summary.family.to_owned(),
        is_encoder_decoder: summary.is_encoder_decoder,
        n_parameters: summary.n_parameters,
        n_positions: summary.n_positions,
        n_layers: summary.n_layers,
        n_heads: summary.n_heads,
        hidden_size: summary.hidden_size,
        vocabulary_size: summary.vocabulary_size,
    }
}
