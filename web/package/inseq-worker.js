// The worker's script: waits to be told where things are, then becomes the engine.

import { RUNNABLE } from "./programs.js";
import startPlain from "./worker.js";
import startRelaxed from "./worker_relaxed_simd.js";

// In this form bundlers find the programs. The one with threads is not among them: its
// threads are workers that bundlers do not find.
const PROGRAMS = {
  worker_relaxed_simd: [
    startRelaxed,
    new URL("./worker_relaxed_simd_bg.wasm", import.meta.url),
  ],
  worker: [startPlain, new URL("./worker_bg.wasm", import.meta.url)],
};

self.onmessage = ({ data }) => {
  self.onmessage = null;
  start(data).catch(tellDeath);
};
// What is thrown where nobody waits for it reaches no page by itself.
self.onunhandledrejection = (event) => {
  event.preventDefault();
  tellDeath(event.reason);
};

async function start({ baseUrl, wasmUrl }) {
  if (baseUrl) {
    // The engine looks for bundled models beside its script, where a bundler or another
    // origin's page has nothing.
    Object.defineProperty(self, "location", { value: { href: baseUrl } });
  }
  // An address given by hand is that of the program that runs everywhere.
  const name = wasmUrl ? "worker" : RUNNABLE.find((name) => name in PROGRAMS);
  const [startProgram, address] = PROGRAMS[name];
  await startProgram({ module_or_path: wasmUrl ?? address });
}

function tellDeath(error) {
  const message = String(error?.message ?? error);
  self.postMessage({ id: null, event: { type: "failed", kind: "worker", message, hint: null } });
}
