use std::rc::Rc;

use hub::ModelId;
use models::{ModelSummary, SequenceModel};
use protocol::{Event, Stage};
use tensor::{Tensor, Usage};

use crate::failure::{failure_from_hub, failure_from_tensor};
use crate::fetch::unusable;
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
        // What a graphics processor holds takes nothing of our own memory.
        let is_in_own_memory = self.devices.is_cpu(&device);
        let files = self.fetch(&id, is_in_own_memory, emit).await?;
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
        let model = models::load(files, &device, &mut on_layer).await;
        let model = model.map_err(|error| unusable(&id, &error))?;
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
