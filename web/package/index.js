// Inseq in the browser: which input tokens caused each output token of a language model.
// Nothing starts at import; the engine's worker starts when it is first asked something.

import { Engine } from "./engine.js";
import { InseqError } from "./error.js";
import { Model } from "./model.js";
import { AttributionResult, ContextResult } from "./result.js";

/// Loads a model into a worker of its own.
export async function loadModel(model, { workerUrl, wasmUrl, baseUrl, memoryBudgetMb, ...options } = {}) {
  const { device } = options;
  const engine = new Engine({ workerUrl, wasmUrl, baseUrl, memoryBudgetMb, device });
  try {
    return await engine.loadModel(model, options);
  } catch (error) {
    engine.close();
    throw error;
  }
}

/// Every attribution method with its options, as the engine describes them.
export function listMethods(options) {
  return askedOnce((engine) => engine.listMethods(options), options);
}

/// Every step function with its options, as the engine describes them.
export function listStepFunctions(options) {
  return askedOnce((engine) => engine.listStepFunctions(options), options);
}

/// What is known of a model before its weights are fetched.
export function inspectModel(model, options) {
  return askedOnce((engine) => engine.inspectModel(model, options), options);
}

/// The models whose files are kept for the next visit.
export function listKept(options) {
  return askedOnce((engine) => engine.listKept(options), options);
}

/// Deletes the kept files of a model, and lists the rest.
export function forget(model, options) {
  return askedOnce((engine) => engine.forget(model, options), options);
}

/// Asks a worker that ends with its answer.
async function askedOnce(ask, { workerUrl, wasmUrl, baseUrl, device } = {}) {
  const engine = new Engine({ workerUrl, wasmUrl, baseUrl, device });
  try {
    return await ask(engine);
  } finally {
    engine.close();
  }
}

export { AttributionResult, ContextResult, Engine, InseqError, Model };
