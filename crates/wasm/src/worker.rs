use std::cell::RefCell;
use std::rc::Rc;

use engine::{Engine, World};
use js_sys::{Array, Reflect};
use protocol::{Event, Failure, FailureKind, Message, Request};
use serde::Serialize;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::{DedicatedWorkerGlobalScope, File, MessageEvent};

use crate::browser_devices::BrowserDevices;
use crate::files::{BrowserSource, ChosenFiles};

/// Makes this worker an engine, and says so to the page.
///
/// # Panics
/// If it is not called in a dedicated worker.
pub fn start_worker() {
    console_error_panic_hook::set_once();
    let scope: DedicatedWorkerGlobalScope = js_sys::global()
        .dyn_into()
        .expect("the worker's program runs in a worker");
    let chosen = ChosenFiles::default();
    let engine = Engine::new(World {
        source: Box::new(BrowserSource::new(scope.location().href(), chosen.clone())),
        devices: Box::new(BrowserDevices),
        memory_bytes: Some(ADDRESSABLE_BYTES),
        clock_secs: || js_sys::Date::now() / 1000.0,
    });
    // Taken while a request is carried out.
    let engine = Rc::new(RefCell::new(Some(engine)));
    let poster = scope.clone();
    let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        if take_files(&chosen, &event.data()) {
            return;
        }
        receive(&engine, &poster, event.data());
    });
    scope.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    // The worker listens as long as it lives.
    on_message.forget();
    spawn_local(async move {
        #[cfg(feature = "threads")]
        let notice = crate::threads::start(&scope).await;
        post(&scope, None, Event::Ready);
        #[cfg(feature = "threads")]
        if let Some(notice) = notice {
            post(&scope, None, notice);
        }
    });
}

/// What a program of this kind can address.
const ADDRESSABLE_BYTES: u64 = 1 << 32;

/// Takes files that the visitor chose, `{model, files}`, which are no plain data.
/// Whether the message was one of those.
fn take_files(chosen: &ChosenFiles, message: &JsValue) -> bool {
    let get = |name: &str| Reflect::get(message, &name.into()).unwrap_or_default();
    let (Some(model), Ok(files)) = (get("model").as_string(), get("files").dyn_into::<Array>())
    else {
        return false;
    };
    let files = files.iter().filter_map(|file| file.dyn_into::<File>().ok());
    let files = files.map(|file| (file.name(), file)).collect();
    chosen.borrow_mut().insert(model, files);
    true
}

fn receive(
    engine: &Rc<RefCell<Option<Engine>>>,
    scope: &DedicatedWorkerGlobalScope,
    data: JsValue,
) {
    let request: Request = match serde_wasm_bindgen::from_value(data) {
        Ok(request) => request,
        Err(error) => {
            let message = format!("the worker was sent something that is no request: {error}");
            return post(scope, None, failed(FailureKind::Input, message, None));
        }
    };
    let Some(mut taken) = engine.borrow_mut().take() else {
        let message = "another request is being carried out".to_owned();
        let hint = "wait for it, or cancel it";
        return post(
            scope,
            Some(request.id),
            failed(FailureKind::Busy, message, Some(hint)),
        );
    };
    let (engine, scope) = (engine.clone(), scope.clone());
    spawn_local(async move {
        // The engine is free again before the page can read the answer.
        let mut answer = None;
        let mut emit = |event: Event| {
            if let Some(earlier) = answer.replace(event) {
                post(&scope, Some(request.id), earlier);
            }
        };
        taken.carry_out(&request, &mut emit).await;
        engine.replace(Some(taken));
        if let Some(answer) = answer {
            post(&scope, Some(request.id), answer);
        }
    });
}

fn failed(kind: FailureKind, message: String, hint: Option<&str>) -> Event {
    Event::Failed(Failure {
        kind,
        message,
        hint: hint.map(str::to_owned),
    })
}

fn post(scope: &DedicatedWorkerGlobalScope, id: Option<u32>, event: Event) {
    let message = Message { id, event };
    let serializer = serde_wasm_bindgen::Serializer::json_compatible();
    let posted = message
        .serialize(&serializer)
        .map_err(JsValue::from)
        .and_then(|message| scope.post_message(&message));
    if let Err(error) = posted {
        // Nobody is left to tell but the page's error handler.
        wasm_bindgen::throw_val(error);
    }
}
