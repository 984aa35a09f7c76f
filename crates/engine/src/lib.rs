//! Carries out requests: load, tokenize, generate, attribute, report.
//!
//! An [`Engine`] keeps loaded models and nothing else. It decides everything that
//! terminal and browser share; an adapter gives it a [`World`] (files, device,
//! clock) and passes on its events. Not here: what a device is, how events travel,
//! how results are drawn.

mod attribute;
mod attribute_context;
mod describe;
mod failure;
mod faithfulness;
mod generation;
mod load;
mod settings;
mod token_options;
mod tokenize;
mod world;

use std::collections::BTreeMap;
use std::rc::Rc;

use models::SequenceModel;
use protocol::{Event, Failure, Request, Work};

pub use attribute::check_options;
pub use describe::{description, description_with_formulas};
pub use faithfulness::check_faithfulness_settings;
pub use world::World;

/// Carries out requests one after the other.
pub struct Engine {
    world: World,
    loaded: BTreeMap<String, Rc<dyn SequenceModel>>,
}

impl Engine {
    /// An engine that has loaded nothing yet.
    pub fn new(world: World) -> Self {
        Self {
            world,
            loaded: BTreeMap::new(),
        }
    }

    /// Carries out a request. Every event is passed to `emit` as it happens; the last
    /// one is the answer, or [`Event::Failed`].
    pub async fn carry_out(&mut self, request: &Request, emit: &mut dyn FnMut(Event)) {
        let answer = match &request.work {
            Work::Describe => Ok(Event::Described(description())),
            Work::Load { model } => self.load(model, emit).await,
            Work::Tokenize {
                model,
                text,
                as_target,
            } => self.tokenize(model, text, *as_target, emit).await,
            Work::Attribute(request) => self.attribute(request, emit).await,
            Work::AttributeContext(request) => self.attribute_context(request, emit).await,
            Work::MeasureFaithfulness(request) => self.faithfulness(request, emit).await,
        };
        emit(answer.unwrap_or_else(Event::Failed));
    }
}

/// A result that already speaks to the user.
type Answer<T> = Result<T, Failure>;
