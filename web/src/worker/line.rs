use std::collections::VecDeque;

use js_sys::{Array, Date, Object, Reflect};
use protocol::{DeviceChoice, Request, Work};
use serde::Serialize;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{ErrorEvent, File, MessageEvent, Url, Worker, WorkerOptions, WorkerType};

use crate::tokenized::TextOfModel;
use crate::{
    chosen_model::{CHOSEN_FILES, ChosenModel},
    draft::Draft,
    run_request::RunRequest,
    words::{t, tf},
};

/// Address of the worker's loader, relative to the page.
const LOADER: &str = "worker_loader.js";

/// The line to the worker, and who waits in it.
pub(super) struct Line {
    pub(super) worker: Option<Worker>,
    pub(super) handlers: Option<Handlers>,
    pub(super) is_up: bool,
    pub(super) has_answered: bool,
    pub(super) n_failed_starts: u32,
    pub(super) next_id: u32,
    pub(super) asked: Option<Asked>,
    pub(super) waiting: VecDeque<Work>,
    /// Every new worker is given them again.
    pub(super) chosen_files: Vec<ChosenFiles>,
}

/// Files that the visitor chose from disk, as one model.
pub(super) struct ChosenFiles {
    name: String,
    files: Array,
}

impl ChosenFiles {
    /// Named after the folder that they were in, if the browser tells, or after one of
    /// them; `None` if there are none.
    pub(super) fn new(files: &[File]) -> Option<Self> {
        let first = files.first()?;
        let path = Reflect::get(first, &"webkitRelativePath".into()).ok()?;
        let path = path.as_string().unwrap_or_default();
        let name = match path.split_once('/') {
            Some((folder, _)) => folder.to_owned(),
            None => tf(
                "{n} files with {name}",
                &[("n", &files.len()), ("name", &first.name())],
            ),
        };
        Some(Self {
            name,
            files: files.iter().collect(),
        })
    }

    /// As requests name it.
    pub(super) fn model_name(&self) -> String {
        format!("{CHOSEN_FILES}{}", self.name)
    }

    /// What a worker understands as files, and not as a request.
    fn message(&self) -> Result<JsValue, JsValue> {
        let message = Object::new();
        Reflect::set(&message, &"model".into(), &self.name.as_str().into())?;
        Reflect::set(&message, &"files".into(), &self.files)?;
        Ok(message.into())
    }
}

/// What the worker is busy with.
pub(super) struct Asked {
    pub(super) id: u32,
    pub(super) work: Work,
    pub(super) device: DeviceChoice,
    pub(super) since_ms: f64,
}

impl Asked {
    /// It as a run, whose model is one of the bundled ones or of `draft`.
    pub(super) fn run(&self, draft: &Draft) -> RunRequest {
        let model = model_of_run(&self.work).unwrap_or_default();
        RunRequest {
            work: self.work.clone(),
            device: self.device,
            is_encoder_decoder: ChosenModel::named(model, &draft.other_models).is_encoder_decoder,
        }
    }
}

/// Made once and given to every worker, so that none is dropped while it runs.
pub(super) struct Handlers {
    pub(super) on_message: Closure<dyn Fn(MessageEvent)>,
    pub(super) on_error: Closure<dyn Fn(ErrorEvent)>,
    pub(super) on_broken_message: Closure<dyn Fn(MessageEvent)>,
}

impl Line {
    pub(super) fn connect(&mut self, worker: Result<Worker, JsValue>) -> Result<(), JsValue> {
        let worker = worker?;
        if let Some(handlers) = &self.handlers {
            worker.set_onmessage(Some(handlers.on_message.as_ref().unchecked_ref()));
            worker.set_onerror(Some(handlers.on_error.as_ref().unchecked_ref()));
            worker.set_onmessageerror(Some(handlers.on_broken_message.as_ref().unchecked_ref()));
        }
        self.worker = Some(worker);
        Ok(())
    }

    /// Notes that the worker listens, which it did not before: it is given the files.
    pub(super) fn is_heard(&mut self) -> Result<(), JsValue> {
        self.is_up = true;
        let Some(worker) = &self.worker else {
            return Ok(());
        };
        for chosen in &self.chosen_files {
            worker.post_message(&chosen.message()?)?;
        }
        Ok(())
    }

    /// Gives files to this worker and to those that come after it.
    pub(super) fn give(&mut self, chosen: ChosenFiles) -> Result<(), JsValue> {
        if let Some(worker) = self.worker.as_ref().filter(|_| self.is_up) {
            worker.post_message(&chosen.message()?)?;
        }
        self.chosen_files.retain(|other| other.name != chosen.name);
        self.chosen_files.push(chosen);
        Ok(())
    }

    /// Asks the worker the next thing, if it is up and free. The error says why it
    /// cannot be asked anything.
    pub(super) fn send_next(
        &mut self,
        device: DeviceChoice,
        memory_budget_mb: Option<u32>,
    ) -> Result<(), String> {
        let (true, None, Some(worker)) = (self.is_up, &self.asked, &self.worker) else {
            return Ok(());
        };
        let Some(work) = self.waiting.pop_front() else {
            return Ok(());
        };
        let request = Request {
            id: self.next_id,
            device,
            memory_budget_mb,
            work,
        };
        let message = request
            .serialize(&serde_wasm_bindgen::Serializer::json_compatible())
            .map_err(|error| error.to_string())?;
        worker
            .post_message(&message)
            .map_err(|error| text_of(&error))?;
        self.next_id += 1;
        self.asked = Some(Asked {
            id: request.id,
            work: request.work,
            device,
            since_ms: Date::now(),
        });
        Ok(())
    }
}

// Relative to the page, so that the site works under any path.
pub(super) fn new_worker() -> Result<Worker, JsValue> {
    let base = web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.base_uri().ok().flatten())
        .unwrap_or_default();
    let options = WorkerOptions::new();
    options.set_type(WorkerType::Module);
    Worker::new_with_options(&Url::new_with_base(LOADER, &base)?.href(), &options)
}

/// Whether `new` makes `waiting` pointless: a look at another pair of texts, a load of
/// another model.
pub(super) fn replaces(new: &Work, waiting: &Work) -> bool {
    matches!(
        (new, waiting),
        (Work::Load { .. }, Work::Load { .. })
            | (Work::Align(_), Work::Align(_))
            | (Work::Diagnose, Work::Diagnose)
            | (Work::Inspect { .. }, Work::Inspect { .. })
            | (Work::ListKept, Work::ListKept)
    )
}

/// The text whose tokens were asked for; `None` for other work.
pub(super) fn tokenized_text(work: Work) -> Option<TextOfModel> {
    match work {
        Work::Tokenize {
            model,
            text,
            as_target,
        } => Some(TextOfModel {
            model,
            text,
            as_target,
        }),
        _ => None,
    }
}

/// The model of a run; `None` for other work.
pub(super) fn model_of_run(work: &Work) -> Option<&str> {
    match work {
        Work::Attribute(request) => Some(&request.model),
        Work::AttributeContext(request) => Some(&request.settings.model),
        _ => None,
    }
}

pub(super) fn text_of(error: &JsValue) -> String {
    match error.dyn_ref::<js_sys::Error>() {
        Some(error) => String::from(error.message()),
        None => format!("{error:?}"),
    }
}

pub(super) fn reason_of(event: &ErrorEvent) -> String {
    // A program that cannot be loaded is told by a plain event, without a message.
    let message = Reflect::get(event, &"message".into()).unwrap_or_default();
    match message.as_string() {
        Some(message) if !message.is_empty() => message,
        _ => t("its program could not be loaded").to_owned(),
    }
}
