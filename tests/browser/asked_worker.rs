//! A worker that a test asks by itself, without the page.

/// Starts a worker as the page does, and makes `ask(work, device)` of it:
/// all events of one request, the answer last. `newWorker()` starts another in its place,
/// with the program at `workerAddress`, which is first told `workerStart`, if the test sets
/// those.
pub(crate) const START_WORKER: &str = "(window.newWorker = () => new Promise((resolve, reject) => {
    window.worker?.terminate();
    const worker = window.worker = new Worker(
      window.workerAddress ?? './worker_loader.js', { type: 'module' });
    if (window.workerStart) worker.postMessage(window.workerStart);
    let id = 0;
    worker.onerror = event => reject(new Error(event.message));
    worker.onmessage = () => {
      window.ask = (work, device = 'cpu') => new Promise((resolve, reject) => {
        const events = [];
        const asked = ++id;
        worker.onerror = event => reject(new Error(event.message));
        worker.onmessage = ({ data: { id, event } }) => {
          if (id !== asked) return;
          events.push(event);
          const goesOn = ['progress', 'notice', 'device_chosen', 'output'];
          if (!goesOn.includes(event.type)) resolve(events);
        };
        worker.postMessage({ id: asked, device, work });
      });
      resolve();
    };
  }))()";
