//! Threads of a page that may share memory: each is a worker of this worker, with the same
//! program and the same memory. What is multiplied is shared among them by rayon.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, PoisonError};

use futures::future::{Either, select, try_join_all};
use gloo::timers::future::TimeoutFuture;
use js_sys::{Function, JsString, Object, Promise, Reflect};
use protocol::Event;
use rayon::{ThreadBuilder, ThreadPoolBuilder};
use wasm_bindgen::prelude::{Closure, wasm_bindgen};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{DedicatedWorkerGlobalScope, Url, Worker, WorkerOptions, WorkerType, console};

use crate::files::promises::reason_of;

#[wasm_bindgen]
extern "C" {
    /// Where this program's script is.
    #[wasm_bindgen(thread_local_v2, js_namespace = ["import", "meta"], js_name = url)]
    static OWN_ADDRESS: JsString;
}

/// The script of a thread, beside that of this program.
const SCRIPT: &str = "worker_thread.js";

/// More threads than this wait for memory more than they multiply, and each has a stack.
const MOST_THREADS: usize = 8;

/// How long a thread may take to start on a machine that is busy with other things.
const PATIENCE_SECS: u32 = 60;

/// What threads that have started wait for.
static WAITING: Mutex<VecDeque<ThreadBuilder>> = Mutex::new(VecDeque::new());
static HAS_COME: Condvar = Condvar::new();

/// Starts a thread for each of the processor's cores. If one does not start, all work is
/// done on this one, as it would be without any, and a notice says so.
pub(crate) async fn start(scope: &DedicatedWorkerGlobalScope) -> Option<Event> {
    let n_cores = scope.navigator().hardware_concurrency() as usize;
    let n_threads = n_cores.min(MOST_THREADS);
    if n_threads < 2 {
        return None;
    }
    let mut workers = Vec::new();
    let give_up = |workers: &[Worker], reason: String| {
        workers.iter().for_each(Worker::terminate);
        let message =
            format!("Threads cannot be used ({reason}); the engine computes without them.");
        // The notice is gone with the next run.
        console::warn_1(&message.as_str().into());
        Some(Event::Notice { message })
    };
    if let Err(reason) = start_workers(n_threads, &mut workers).await {
        return give_up(&workers, reason_of(&reason));
    }
    let pool = ThreadPoolBuilder::new()
        .num_threads(n_threads)
        .spawn_handler(|thread| {
            let mut waiting = WAITING.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.push_back(thread);
            HAS_COME.notify_one();
            Ok(())
        })
        .build_global();
    match pool {
        // A browser may stop workers that nobody holds.
        Ok(()) => {
            workers.into_iter().for_each(std::mem::forget);
            None
        }
        Err(error) => give_up(&workers, error.to_string()),
    }
}

/// Starts so many workers, and waits until each has the program and the memory, or one of
/// them fails.
async fn start_workers(n_threads: usize, workers: &mut Vec<Worker>) -> Result<(), JsValue> {
    let mut answers = Vec::new();
    for _ in 0..n_threads {
        let worker = new_worker()?;
        workers.push(worker.clone());
        answers.push(JsFuture::from(answer_of(&worker)));
        let start = Object::new();
        Reflect::set(&start, &"module".into(), &wasm_bindgen::module())?;
        Reflect::set(&start, &"memory".into(), &wasm_bindgen::memory())?;
        worker.post_message(&start)?;
    }
    let late = TimeoutFuture::new(PATIENCE_SECS * 1000);
    match select(try_join_all(answers), late).await {
        Either::Left((outcome, _)) => outcome.map(drop),
        Either::Right(_) => {
            let secs = PATIENCE_SECS;
            Err(format!("a thread did not answer within {secs} s").into())
        }
    }
}

fn new_worker() -> Result<Worker, JsValue> {
    let options = WorkerOptions::new();
    options.set_type(WorkerType::Module);
    let address = Url::new_with_base(SCRIPT, &OWN_ADDRESS.with(|address| String::from(address)))?;
    Worker::new_with_options(&address.href(), &options)
}

/// Kept if the worker says that it is ready, broken if it says anything else or fails.
fn answer_of(worker: &Worker) -> Promise {
    // Nothing is done with what these functions return.
    let tell = |told: &Function, what: &JsValue| drop(told.call1(&JsValue::UNDEFINED, what));
    Promise::new(&mut |keep, break_it| {
        let break_it_later = break_it.clone();
        let on_message = Closure::once_into_js(move |event: JsValue| {
            let data = Reflect::get(&event, &"data".into()).unwrap_or_default();
            tell(if data == "ready" { &keep } else { &break_it }, &data);
        });
        let on_error = Closure::once_into_js(move |_: JsValue| {
            tell(
                &break_it_later,
                &"a thread’s program cannot be loaded".into(),
            );
        });
        worker.set_onmessage(Some(on_message.unchecked_ref()));
        worker.set_onerror(Some(on_error.unchecked_ref()));
    })
}

/// Becomes a thread of the pool; returns when the pool ends. Called by `worker_thread.js`,
/// once in each worker that has this program's memory.
#[wasm_bindgen]
#[expect(unreachable_pub, reason = "wasm-bindgen exports nothing else")]
pub fn run_pool_thread() {
    let waiting = WAITING.lock().unwrap_or_else(PoisonError::into_inner);
    let waiting = HAS_COME.wait_while(waiting, |waiting| waiting.is_empty());
    let thread = waiting.unwrap_or_else(PoisonError::into_inner).pop_front();
    if let Some(thread) = thread {
        thread.run();
    }
}
