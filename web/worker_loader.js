// Starts the engine in the worker: of its programs the fastest that the browser can run
// here. They are made from the same source; see `programs.js`.

import { RUNNABLE } from "./programs.js";

const LOADED = {
  worker: () => import("./worker.js"),
  worker_relaxed_simd: () => import("./worker_relaxed_simd.js"),
  worker_threads: () => import("./worker_threads.js"),
};

async function start([name, ...others]) {
  try {
    const { default: init } = await LOADED[name]();
    await init();
  } catch (error) {
    // A program may be missing, or find no room for memory that threads can share.
    if (others.length === 0) {
      throw error;
    }
    console.warn(`${name} does not start:`, error);
    await start(others);
  }
}

await start(RUNNABLE);
