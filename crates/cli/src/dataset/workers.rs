use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use protocol::{AttributeRequest, DeviceChoice, Event, Failure, FailureKind, Work};

use crate::session::Session;

/// What became of one request.
pub(crate) struct Done {
    /// Which of the requests.
    pub(crate) index: usize,
    /// Inseq JSON.
    pub(crate) result: Result<String, Failure>,
}

/// Carries out requests on `n_threads` threads, each with an engine and so a model of
/// its own, because tensors stay on their thread. `take` gets each result as soon as
/// it is there, and says whether to go on.
///
/// Stops of itself at a failure that is not a text's own.
pub(crate) fn carry_out(
    requests: &[AttributeRequest],
    device: DeviceChoice,
    n_threads: usize,
    take: &mut dyn FnMut(Done) -> bool,
) {
    let next = AtomicUsize::new(0);
    let (sender, results) = channel();
    thread::scope(|scope| {
        for _ in 0..n_threads.min(requests.len()) {
            let (next, sender) = (&next, sender.clone());
            scope.spawn(move || {
                in_one_thread(|| {
                    let mut session = Session::on(device);
                    loop {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        let Some(request) = requests.get(index) else {
                            break;
                        };
                        let result = attribute(&mut session, request);
                        if sender.send(Done { index, result }).is_err() {
                            break;
                        }
                    }
                });
            });
        }
        drop(sender);
        let n_requests = requests.len();
        deliver(&results, take, &|| {
            next.store(n_requests, Ordering::Relaxed);
        });
    });
}

fn deliver(results: &Receiver<Done>, take: &mut dyn FnMut(Done) -> bool, stop: &dyn Fn()) {
    let mut is_on = true;
    for done in results {
        let is_last = matches!(&done.result, Err(failure) if failure.kind != FailureKind::Input);
        // What other threads had begun is still wanted, but one failure of the model
        // is enough.
        if is_on || done.result.is_ok() {
            is_on &= take(done) && !is_last;
        }
        if !is_on {
            stop();
        }
    }
}

fn attribute(session: &mut Session, request: &AttributeRequest) -> Result<String, Failure> {
    match session.carry_out(Work::Attribute(request.clone()), &mut |_| ())? {
        Event::Attributed { inseq_json } => Ok(inseq_json),
        _ => unreachable!("the engine answers a request to attribute with an attribution"),
    }
}

/// Keeps matrix products on this thread: there are as many engines as cores, and
/// threads of threads would only wait for each other.
fn in_one_thread(work: impl FnOnce() + Send) {
    match rayon::ThreadPoolBuilder::new().num_threads(1).build() {
        Ok(pool) => pool.install(work),
        // Slower, and as right.
        Err(_) => work(),
    }
}
