use std::time::{SystemTime, UNIX_EPOCH};

use engine::{Engine, World};
use protocol::{DeviceChoice, Event, Failure, Request, Work};

use crate::hub_files::HubFiles;
use crate::native_devices::NativeDevices;

/// An engine, asked one thing after the other.
pub(crate) struct Session {
    engine: Engine,
    device: DeviceChoice,
    n_requests: u32,
}

impl Session {
    /// On some device, with models from folders and the Hub.
    pub(crate) fn on(device: DeviceChoice) -> Self {
        Self {
            engine: Engine::new(World {
                source: Box::new(HubFiles::new()),
                devices: Box::new(NativeDevices),
                memory_bytes: None,
                clock_secs,
            }),
            device,
            n_requests: 0,
        }
    }

    /// The answer to one request; events before it are passed on as they happen.
    pub(crate) fn carry_out(
        &mut self,
        work: Work,
        on_event: &mut dyn FnMut(&Event),
    ) -> Result<Event, Failure> {
        self.n_requests += 1;
        let request = Request {
            id: self.n_requests,
            device: self.device,
            memory_budget_mb: None,
            work,
        };
        let mut answer = None;
        let mut emit = |event: Event| {
            on_event(&event);
            answer = Some(event);
        };
        futures::executor::block_on(self.engine.carry_out(&request, &mut emit));
        match answer.expect("the engine ends each request with an event") {
            Event::Failed(failure) => Err(failure),
            event => Ok(event),
        }
    }
}

fn clock_secs() -> f64 {
    // A clock before 1970 is wrong, but no reason not to attribute.
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0.0, |duration| duration.as_secs_f64())
}
