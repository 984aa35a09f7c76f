//! What is known of a model before its weights are fetched, and which models are kept.

use hub::ModelId;
use protocol::{EstimatedMethod, Event, KeptModel, ModelFacts};

use crate::failure::failure_from_hub;
use crate::fetch::{Teller, unusable};
use crate::{Answer, Engine};

impl Engine {
    /// Says what is known of a model, and about what a method would cost with it.
    pub(crate) async fn inspect(
        &mut self,
        model: &str,
        estimated: Option<&EstimatedMethod>,
        emit: &mut dyn FnMut(Event),
    ) -> Answer<Event> {
        let id = ModelId::parse(model).map_err(|error| failure_from_hub(&error))?;
        let found = self.find(&id, &Teller::new(emit)).await?;
        let family = models::family_name(&found.config).map_err(|error| unusable(&id, &error))?;
        let (files, n_bytes) = found.planned();
        let obstacle = self.memory_obstacle(&id, found.size);
        let estimate = match (estimated, &obstacle) {
            // What keeps it from being estimated is told by a run, with what to do about it.
            (Some(method), None) => self.estimate(method, found.size, emit).await.ok().flatten(),
            _ => None,
        };
        let listing = found.listing.unwrap_or_default();
        Ok(Event::Inspected(ModelFacts {
            model: model.to_owned(),
            family: family.to_owned(),
            is_encoder_decoder: models::is_encoder_decoder(&found.config)
                .map_err(|error| unusable(&id, &error))?,
            commit: Some(listing.commit).filter(|commit| !commit.is_empty()),
            license: listing.license,
            languages: listing.languages,
            files,
            n_bytes,
            n_parameters: found.size.n_parameters,
            weights_bytes: found.size.f32_bytes,
            obstacle: obstacle.map(|failure| match failure.hint {
                Some(hint) => format!("{}; {hint}", failure.message),
                None => failure.message,
            }),
            estimate,
        }))
    }

    /// The models that are kept.
    pub(crate) async fn kept(&self) -> Answer<Event> {
        let kept = self.source.kept().await;
        let kept = kept.map_err(|error| failure_from_hub(&error))?;
        let models = kept.into_iter().map(|kept| KeptModel {
            model: kept.name,
            n_bytes: kept.n_bytes,
        });
        Ok(Event::Kept {
            models: models.collect(),
        })
    }

    /// Deletes what is kept of a model; what is loaded of it may still read its files.
    pub(crate) async fn forget(&mut self, model: &str) -> Answer<Event> {
        let forgotten = self.source.forget(model).await;
        forgotten.map_err(|error| failure_from_hub(&error))?;
        self.kept().await
    }
}
