//! The only place of the page that knows a worker exists: it sends `Request`s one
//! at a time, turns `Event`s into signals, and starts a dead worker again.

mod aside;
mod line;
mod questions;

use std::collections::VecDeque;

use js_sys::Date;
use leptos::prelude::{
    GetUntracked, LocalStorage, Set, StoredValue, Update, UpdateValue, WithUntracked, WithValue,
};
use protocol::{AlignedTokens, Event, Failure, FailureKind, Message, Work};
use wasm_bindgen::{JsValue, closure::Closure};
use web_sys::{ErrorEvent, MessageEvent};

use self::line::{
    Asked, Handlers, Line, model_of_run, new_worker, reason_of, replaces, text_of, tokenized_text,
};
use crate::{
    address,
    bundled_models::is_bundled,
    run_request::RunRequest,
    shown::Shown,
    state::{EngineStatus, LookUp, Run, State},
    tokenized::Aligned,
    words::{t, tf},
};

/// A worker that dies this often before it has answered anything is not started again
/// by itself.
const MAX_FAILED_STARTS: u32 = 3;

/// The engine, as the page sees it: something to ask.
#[derive(Clone, Copy)]
pub(crate) struct Engine {
    state: State,
    line: StoredValue<Line, LocalStorage>,
}

impl Engine {
    /// Starts the engine's worker, unless it rests, and asks what it offers.
    pub(crate) fn start(state: State) -> Self {
        let line = StoredValue::new_local(Line {
            worker: None,
            handlers: None,
            is_up: false,
            has_answered: false,
            n_failed_starts: 0,
            next_id: 0,
            asked: None,
            waiting: VecDeque::new(),
            chosen_files: Vec::new(),
        });
        let engine = Self { state, line };
        let handlers = Handlers {
            on_message: Closure::new(move |event: MessageEvent| engine.receive(event.data())),
            on_error: Closure::new(move |event: ErrorEvent| {
                // The worker's death is told below; the browser need not repeat it.
                event.prevent_default();
                engine.replace_dead(&reason_of(&event));
            }),
            on_broken_message: Closure::new(move |_| {
                engine.replace_dead(t("its message could not be read"));
            }),
        };
        line.update_value(|line| line.handlers = Some(handlers));
        if state.engine.get_untracked() != EngineStatus::Resting {
            engine.spawn();
        }
        engine
    }

    /// Starts the engine if it was not yet.
    pub(crate) fn wake(self) {
        if self.state.engine.get_untracked() == EngineStatus::Resting {
            self.spawn();
        }
    }

    /// Runs what is asked in the form, unless something runs already.
    pub(crate) fn run(self, work: Work) {
        if self.state.running().is_some() {
            return;
        }
        if let Some(model) = model_of_run(&work) {
            self.make_room_for(model);
        }
        self.state.begin(self.state.run);
        self.ask(work);
    }

    /// Ends a worker that holds another large model: a program's memory never becomes
    /// less.
    fn make_room_for(self, model: &str) {
        let holds_another = self.state.model.with_untracked(|loaded| {
            let loaded = loaded.as_ref();
            loaded.is_some_and(|loaded| loaded.model != model && !is_bundled(&loaded.model))
        });
        if holds_another {
            self.spawn();
        }
    }

    /// Reports a run that could not even be asked for.
    pub(crate) fn refuse(self, failure: Failure) {
        self.state.run.set(Run::Failed(failure));
    }

    /// Ends the run, which is to end the worker; another is started at once.
    pub(crate) fn cancel(self) {
        let running = self.state.running();
        running.unwrap_or(self.state.run).set(Run::Cancelled);
        self.state.comparing.give_up();
        self.spawn();
    }

    /// Starts the engine once more after it was given up.
    pub(crate) fn start_again(self) {
        self.line.update_value(|line| line.n_failed_starts = 0);
        self.state.run.set(Run::Idle);
        self.spawn();
    }

    /// Replaces the worker, if there is one, and forgets what was asked of it.
    fn spawn(self) {
        self.hang_up();
        self.state.engine.set(EngineStatus::Starting);
        let is_described = self.state.description.get_untracked().is_some();
        let failed = self.line.try_update_value(|line| {
            if !is_described {
                line.waiting.push_back(Work::Describe);
            }
            line.connect(new_worker()).err()
        });
        if let Some(Some(error)) = failed {
            self.state.engine.set(EngineStatus::Dead {
                reason: text_of(&error),
            });
        }
    }

    /// Ends the worker, if there is one.
    fn hang_up(self) {
        self.state.model.set(None);
        self.line.update_value(|line| {
            if let Some(worker) = line.worker.take() {
                worker.set_onmessage(None);
                worker.set_onerror(None);
                worker.set_onmessageerror(None);
                worker.terminate();
            }
            line.is_up = false;
            line.has_answered = false;
            line.asked = None;
            line.waiting.clear();
        });
    }

    /// Sends a request as soon as the worker is up and free. A run goes before
    /// everything else; of loads and counts only the latest is kept.
    fn ask(self, work: Work) {
        self.wake();
        self.line.update_value(|line| {
            line.waiting.retain(|other| !replaces(&work, other));
            match work {
                _ if model_of_run(&work).is_some() => line.waiting.push_front(work),
                _ => line.waiting.push_back(work),
            }
        });
        self.send_next();
    }

    fn send_next(self) {
        let draft = self.state.draft;
        let (device, budget) = draft.with_untracked(|draft| (draft.device, draft.memory_budget_mb));
        let failed = self
            .line
            .try_update_value(|line| line.send_next(device, budget).err());
        if let Some(Some(reason)) = failed {
            self.replace_dead(&reason);
        }
    }

    fn receive(self, data: JsValue) {
        match serde_wasm_bindgen::from_value::<Message>(data) {
            Ok(message) => self.handle(message),
            Err(error) => self.replace_dead(&tf(
                "its message could not be read: {error}",
                &[("error", &error)],
            )),
        }
    }

    fn handle(self, message: Message) {
        if message.event == Event::Ready {
            let heard = self.line.try_update_value(|line| line.is_heard().err());
            if let Some(Some(error)) = heard {
                return self.replace_dead(&text_of(&error));
            }
            self.state.engine.set(EngineStatus::Ready);
            return self.send_next();
        }
        let asked_id = self
            .line
            .with_value(|line| line.asked.as_ref().map(|asked| asked.id));
        if message.id.is_some() && message.id != asked_id {
            return;
        }
        match message.event {
            Event::Progress { stage, done, total } => self
                .state
                .update_progress(|progress| progress.tell(stage, done, total, Date::now())),
            Event::DeviceChosen(chosen) => self.state.device.set(Some(chosen)),
            Event::Notice { message } => {
                self.state.notices.update(|notices| notices.push(message));
            }
            Event::Output { text } => {
                self.state
                    .update_progress(|progress| progress.generated = Some(text));
            }
            event => self.finish(event),
        }
    }

    /// Takes the answer to what was asked, and asks the next thing.
    fn finish(self, answer: Event) {
        let Some(asked) = self
            .line
            .try_update_value(|line| {
                line.has_answered |= line.asked.is_some();
                line.asked.take()
            })
            .flatten()
        else {
            // A worker that fails without having been asked is about to die.
            if let Event::Failed(failure) = answer {
                self.replace_dead(&failure.message);
            }
            return;
        };
        match answer {
            Event::Described(description) => self.state.description.set(Some(description)),
            Event::Diagnosed { facts } => self.state.diagnosis.set(facts),
            Event::Inspected(facts) => self.state.look_up.set(LookUp::Found(Box::new(facts))),
            Event::Kept { models } => self.state.kept.set(models),
            Event::Loaded(summary) => self.state.model.set(Some(summary)),
            Event::Tokenized { tokens } => {
                if let Some(text) = tokenized_text(asked.work) {
                    self.state.tokens.update(|known| known.insert(text, tokens));
                }
            }
            Event::Aligned(found) => self.take_alignment(&asked.work, Ok(found)),
            Event::Attributed { inseq_json } => {
                self.show(&asked, |run, seconds| {
                    Shown::computed(run, inseq_json, seconds)
                });
            }
            Event::ContextAttributed { json } => {
                self.show(&asked, |run, seconds| {
                    Shown::computed_context(run, json, seconds)
                });
            }
            Event::FaithfulnessMeasured { sequences } => self.state.compare(&sequences),
            Event::Failed(failure) if failure.kind == FailureKind::Worker => {
                self.line.update_value(|line| line.asked = Some(asked));
                return self.replace_dead(&failure.message);
            }
            Event::Failed(failure) => self.report(&asked.work, failure),
            // Of these nothing is an answer to what the page asks.
            Event::Ready
            | Event::DeviceChosen(_)
            | Event::Notice { .. }
            | Event::Progress { .. }
            | Event::Output { .. }
            | Event::Generated(_) => {}
        }
        self.send_next();
    }

    fn show(
        self,
        asked: &Asked,
        shown: impl FnOnce(Option<RunRequest>, f64) -> Result<Shown, Failure>,
    ) {
        let seconds = (Date::now() - asked.since_ms) / 1000.0;
        let run = self.state.draft.with_untracked(|draft| asked.run(draft));
        if self.is_aside() {
            return self.take_aside(shown(Some(run), seconds));
        }
        match shown(Some(run), seconds) {
            Ok(shown) => {
                self.state.show(shown);
                self.state.remember(Date::now());
                // A link in the address would bring the old result back.
                address::forget();
            }
            Err(failure) => self.state.run.set(Run::Failed(failure)),
        }
        // A run that loaded a model says nothing of it; it is asked for.
        let model = model_of_run(&asked.work).unwrap_or_default().to_owned();
        let is_known = self.state.model.with_untracked(|loaded| {
            let loaded = loaded.as_ref();
            loaded.is_some_and(|loaded| loaded.model == model)
        });
        if !is_known {
            self.line
                .update_value(|line| line.waiting.push_back(Work::Load { model }));
        }
    }

    fn take_alignment(self, work: &Work, found: Result<AlignedTokens, String>) {
        if let Work::Align(asked) = work {
            let asked = asked.clone();
            self.state.aligned.set(Some(Aligned { asked, found }));
        }
    }

    /// A failed run or load is told; a failed count only leaves the count unknown.
    fn report(self, work: &Work, failure: Failure) {
        match work {
            Work::Align(_) => self.take_alignment(work, Err(failure.message)),
            Work::Tokenize { .. } | Work::Diagnose | Work::ListKept | Work::Generate(_) => {}
            Work::Inspect { .. } => self.state.look_up.set(LookUp::Failed(failure)),
            Work::Forget { .. } => self.state.notices.update(|notices| {
                notices.push(failure.message);
            }),
            Work::MeasureFaithfulness(_) => {
                // Chance would fail the same way; all else is asked again.
                self.line.update_value(|line| line.waiting.clear());
                self.state.measurement.set(Run::Failed(failure));
            }
            Work::Attribute(_) | Work::AttributeContext(_) if self.is_aside() => {
                self.take_aside(Err(failure));
            }
            Work::Load { .. } if self.state.running().is_some() => {}
            Work::Load { .. } | Work::Describe | Work::Attribute(_) | Work::AttributeContext(_) => {
                self.state.run.set(Run::Failed(failure));
            }
        }
    }

    /// Starts a dead worker again and says so.
    fn replace_dead(self, reason: &str) {
        let n_failed_starts = self.line.try_update_value(|line| {
            line.n_failed_starts = if line.has_answered {
                0
            } else {
                line.n_failed_starts + 1
            };
            line.n_failed_starts
        });
        if n_failed_starts.unwrap_or_default() >= MAX_FAILED_STARTS {
            self.hang_up();
            self.state.run.set(Run::Idle);
            self.state.measurement.set(Run::Idle);
            self.state.comparing.run.set(Run::Idle);
            self.state.comparing.give_up();
            self.state.engine.set(EngineStatus::Dead {
                reason: reason.to_owned(),
            });
            return;
        }
        let running = self.state.running();
        let hint = if running.is_some() {
            t(
                "it was started again and your text is still there; run once more, or try a \
               shorter text",
            )
        } else {
            t("it was started again and your text is still there")
        };
        self.spawn();
        let failure = Failure {
            kind: FailureKind::Worker,
            message: tf("the engine stopped: {reason}", &[("reason", &reason)]),
            hint: Some(hint.to_owned()),
        };
        if self.is_aside() {
            // What one method cannot do, the next may.
            return self.take_aside(Err(failure));
        }
        running.unwrap_or(self.state.run).set(Run::Failed(failure));
    }
}
