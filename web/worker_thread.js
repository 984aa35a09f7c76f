// A thread of the engine: the same program with the same memory as the worker that starts
// it; see `crates/wasm/src/threads.rs`.

import start, { run_pool_thread } from "./worker_threads.js";

self.onmessage = async ({ data: { module, memory } }) => {
  self.onmessage = null;
  try {
    await start({ module_or_path: module, memory });
  } catch (error) {
    self.postMessage(String(error));
    return;
  }
  self.postMessage("ready");
  run_pool_thread();
};
