// The worker's script: waits to be told where things are, then becomes the engine.

import init from "./worker.js";

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
  // In this form bundlers find the program.
  const program = wasmUrl ?? new URL("./worker_bg.wasm", import.meta.url);
  if (baseUrl) {
    // The engine looks for bundled models beside its script, where a bundler or another
    // origin's page has nothing.
    Object.defineProperty(self, "location", { value: { href: baseUrl } });
  }
  await init({ module_or_path: program });
}

function tellDeath(error) {
  const message = String(error?.message ?? error);
  self.postMessage({ id: null, event: { type: "failed", kind: "worker", message, hint: null } });
}
