//! Carries out requests: load, tokenize, generate, attribute, report.
//!
//! An [`Engine`] keeps loaded models and nothing else. It decides everything that
//! terminal and browser share; an adapter gives it a [`World`] (files, device,
//! clock) and passes on its events. Not here: what a device is, how events travel,
//! how results are drawn.

mod attribute;
mod attribute_context;
mod describe;
mod devices;
mod diagnosis;
mod estimate;
mod failure;
mod faithfulness;
mod fetch;
mod generate;
mod generation;
mod inspect;
mod load;
mod probe;
mod settings;
mod token_options;
mod tokenize;
mod world;

use std::rc::Rc;

use hub::FileSource;
use models::SequenceModel;
use protocol::{DeviceChoice, DeviceChosen, Event, Failure, FailureKind, Request, Work};
use tensor::Device;

use crate::devices::{Chosen, Devices};
use crate::diagnosis::TimeSpent;
use crate::estimate::Calibration;

pub use attribute::check_options;
pub use describe::{description, description_with_formulas};
pub use devices::{DeviceSource, WeightsOnDevice};
pub use faithfulness::check_faithfulness_settings;
// What fetches files must know what need not be fetched.
pub use models::{Foreseen, ForeseenPart, foreseen};
pub use world::World;

/// Carries out requests one after the other.
pub struct Engine {
    source: Box<dyn FileSource>,
    clock_secs: fn() -> f64,
    memory_bytes: Option<u64>,
    devices: Devices,
    /// What the request that is carried out wants to be computed on.
    choice: DeviceChoice,
    /// What computes, since a model was needed.
    chosen: Option<Chosen>,
    /// The budget of intermediate values that the request asks for.
    asked_budget_bytes: Option<usize>,
    /// The budget of intermediate values is divided by this, after the device had no room.
    memory_divisor: usize,
    loaded: Option<Loaded>,
    spent: TimeSpent,
    /// Of the device that was last calibrated.
    calibration: Option<Calibration>,
}

/// A budget of intermediate values below which less at once is of no use: one layer of
/// one short text takes more.
const LEAST_BUDGET_BYTES: usize = 1 << 15;

/// A model, under its name.
struct Loaded {
    name: String,
    model: Rc<dyn SequenceModel>,
}

impl Engine {
    /// An engine that has loaded nothing yet.
    pub fn new(world: World) -> Self {
        Self {
            source: world.source,
            clock_secs: world.clock_secs,
            memory_bytes: world.memory_bytes,
            devices: Devices::new(world.devices),
            choice: DeviceChoice::default(),
            chosen: None,
            asked_budget_bytes: None,
            memory_divisor: 1,
            loaded: None,
            spent: TimeSpent::default(),
            calibration: None,
        }
    }

    /// Carries out a request. Every event is passed to `emit` as it happens; the last
    /// one is the answer, or [`Event::Failed`].
    ///
    /// A device without room is asked for less at once; one that still has none, or is
    /// lost for a second time, is given up for the processor. Each is told in a notice.
    pub async fn carry_out(&mut self, request: &Request, emit: &mut dyn FnMut(Event)) {
        self.choice = request.device;
        let in_bytes = |megabytes: u32| (megabytes as usize).saturating_mul(1_000_000);
        self.asked_budget_bytes = request.memory_budget_mb.map(in_bytes);
        self.memory_divisor = 1;
        let mut n_lost = 0;
        let answer = loop {
            match self.attempt(&request.work, emit).await {
                Ok(answer) => break answer,
                Err(failure) => match self.way_out(&failure, &mut n_lost) {
                    Some(message) => emit(Event::Notice { message }),
                    None => break Event::Failed(failure),
                },
            }
        };
        emit(answer);
    }

    async fn attempt(&mut self, work: &Work, emit: &mut dyn FnMut(Event)) -> Answer<Event> {
        match work {
            Work::Describe => Ok(Event::Described(description())),
            Work::Diagnose => Ok(Event::Diagnosed {
                facts: self.facts(),
            }),
            Work::Inspect { model, estimated } => {
                self.inspect(model, estimated.as_ref(), emit).await
            }
            Work::ListKept => self.kept().await,
            Work::Forget { model } => self.forget(model).await,
            Work::Load { model } => self.load(model, emit).await,
            Work::Tokenize {
                model,
                text,
                as_target,
            } => self.tokenize(model, text, *as_target, emit).await,
            Work::Align(request) => self.align(request, emit).await,
            Work::Generate(request) => self.generate(request, emit).await,
            Work::Attribute(request) => self.attribute(request, emit).await,
            Work::AttributeContext(request) => self.attribute_context(request, emit).await,
            Work::MeasureFaithfulness(request) => self.faithfulness(request, emit).await,
        }
    }

    /// Chooses what computes, and says so if it is not what it was. A model that lies
    /// elsewhere is forgotten.
    async fn choose_device(&mut self, emit: &mut dyn FnMut(Event)) -> Answer<Device> {
        let chosen = self.devices.choose(self.choice).await?;
        let known = self.chosen.as_ref();
        let is_on_it = known.is_some_and(|known| Rc::ptr_eq(&known.device, &chosen.device));
        if !is_on_it {
            self.loaded = None;
        }
        if !is_on_it || known.is_some_and(|known| known.why != chosen.why) {
            emit(Event::DeviceChosen(DeviceChosen {
                choice: self.choice,
                device: chosen.device.name().to_owned(),
                why: chosen.why.clone(),
            }));
        }
        let device = chosen.device.clone();
        self.chosen = Some(chosen);
        Ok(device)
    }

    /// What to do about a failing device, and what to say; `None` if nothing helps.
    fn way_out(&mut self, failure: &Failure, n_lost: &mut usize) -> Option<String> {
        let device = &self.chosen.as_ref()?.device;
        if self.devices.is_cpu(device) {
            return None;
        }
        let has_less = self.memory_budget_bytes(device) > LEAST_BUDGET_BYTES;
        let reason = &failure.message;
        match failure.kind {
            FailureKind::OutOfMemory if self.loaded.is_some() && has_less => {
                self.memory_divisor *= 8;
                Some(format!(
                    "The device had no room ({reason}); less is computed at once."
                ))
            }
            FailureKind::DeviceLost if *n_lost == 0 => {
                *n_lost += 1;
                self.loaded = None;
                self.devices.forget_webgpu();
                Some(format!(
                    "The device was lost ({reason}); it is opened again."
                ))
            }
            FailureKind::OutOfMemory => {
                self.loaded = None;
                let why = format!("the graphics processor has no room: {reason}");
                self.devices.give_up_webgpu(why);
                Some("The graphics processor has no room; the processor goes on.".to_owned())
            }
            FailureKind::DeviceLost => {
                self.loaded = None;
                let why = format!("the graphics processor was lost twice: {reason}");
                self.devices.give_up_webgpu(why);
                Some("The graphics processor was lost again; the processor goes on.".to_owned())
            }
            _ => None,
        }
    }

    /// How many bytes intermediate values may take on a device.
    fn memory_budget_bytes(&self, device: &Device) -> usize {
        let usual = || device.memory_budget_bytes();
        self.asked_budget_bytes.unwrap_or_else(usual) / self.memory_divisor
    }
}

/// A result that already speaks to the user.
type Answer<T> = Result<T, Failure>;
