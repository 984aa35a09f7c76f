// The line to the engine, which is a worker: it is asked one thing at a time, a worker that
// dies is replaced when something is asked again, and to cancel is to end it.

import { InseqError, inputError } from "./error.js";
import { camelCase, renameKeys, snakeCase } from "./names.js";
import { eventTeller } from "./events.js";
import { Model } from "./model.js";

/// Apart from the names of files, so that no bundler takes the two together for one to copy.
const HERE = import.meta.url;
/// What is said while a request is carried out; everything else is an answer.
const GOES_ON = new Set(["progress", "notice", "device_chosen", "output"]);
/// Before the name of files that were chosen, as the engine has it.
const CHOSEN_FILES = "files:";

/// A worker that loads models and computes. It starts when it is first asked something.
/// It holds one model at a time; `loadModel` of this module gives each model its own.
export class Engine {
  #settings;
  #worker = null;
  #isUp = false;
  #isClosed = false;
  #asked = null;
  #waiting = [];
  #nextId = 0;
  #model = null;
  #files = new Map();
  #description = null;

  constructor({ workerUrl, wasmUrl, baseUrl, device = "auto", memoryBudgetMb } = {}) {
    this.#settings = { workerUrl, wasmUrl, baseUrl, device, memoryBudgetMb };
  }

  /// Loads a model: a bundled one, one of the Hub, one at an address, or `{ files }`.
  async loadModel(model, { attributionMethod, device, signal, onProgress, ...more } = {}) {
    const name = typeof model === "string" ? model : this.#chooseFiles(model);
    const asking = { device, signal, onEvent: eventTeller(onProgress) };
    const { type: _, ...summary } = await this.ask({ kind: "load", model: name }, asking);
    const settings = { attributionMethod, device, methodOptions: renameKeys(more, snakeCase) };
    return new Model(this, name, renameKeys(summary, camelCase), settings);
  }

  /// Every attribution method with its options, as the engine describes them.
  async listMethods({ signal } = {}) {
    const { methods } = await this.describe({ signal });
    return methods.map(withNames);
  }

  /// Every step function with its options, as the engine describes them.
  async listStepFunctions({ signal } = {}) {
    const { step_functions } = await this.describe({ signal });
    return step_functions.map(withNames);
  }

  /// What is known of a model before its weights are fetched, and about what a method
  /// would cost if one is named.
  async inspectModel(model, { method, methodOptions = {}, device, signal, onProgress } = {}) {
    const options = { method, method_options: renameKeys(methodOptions, snakeCase) };
    const work = { kind: "inspect", model, estimated: method === undefined ? null : options };
    const asking = { device, signal, onEvent: eventTeller(onProgress) };
    const { type: _, ...facts } = await this.ask(work, asking);
    return renameKeys(facts, camelCase);
  }

  /// The models whose files are kept for the next visit.
  async listKept({ signal } = {}) {
    const { models } = await this.ask({ kind: "list_kept" }, { signal });
    return renameKeys(models, camelCase);
  }

  /// Deletes the kept files of a model, and lists the rest.
  async forget(model, { signal } = {}) {
    const { models } = await this.ask({ kind: "forget", model }, { signal });
    return renameKeys(models, camelCase);
  }

  /// What is known of the device and of the latest work, as lines to show.
  async diagnose({ signal } = {}) {
    const { facts } = await this.ask({ kind: "diagnose" }, { signal });
    return facts;
  }

  /// What methods and step functions there are, under the engine's own names.
  async describe({ signal } = {}) {
    this.#description ??= await this.ask({ kind: "describe" }, { signal });
    return this.#description;
  }

  /// Asks the engine anything that `crates/protocol` has, in its own names, and resolves to
  /// the event that answers it. All else here is made of this.
  ask(work, { device = this.#settings.device, signal, onEvent } = {}) {
    return new Promise((resolve, reject) => {
      if (this.#isClosed) return reject(closed());
      if (signal?.aborted) return reject(signal.reason);
      const asked = { work, device, onEvent };
      const cancel = () => this.#cancel(asked, signal.reason);
      const settle = (end) => (value) => {
        signal?.removeEventListener("abort", cancel);
        end(value);
      };
      asked.resolve = settle(resolve);
      asked.reject = settle(reject);
      signal?.addEventListener("abort", cancel);
      this.#waiting.push(asked);
      this.#sendNext();
    });
  }

  /// Ends the worker, with all that it holds. What was asked is refused.
  close() {
    this.#isClosed = true;
    this.#hangUp();
    const refused = [this.#asked, ...this.#waiting].filter(Boolean);
    this.#asked = null;
    this.#waiting = [];
    for (const asked of refused) asked.reject(closed());
  }

  /// Gives files to this worker and to those that come after it; the name they have there.
  #chooseFiles({ files, name }) {
    const isMap = files && !Array.isArray(files) && !(Symbol.iterator in files);
    const chosen = isMap
      ? Object.entries(files).map(([file, content]) => new File([content], file))
      : [...(files ?? [])];
    if (chosen.length === 0) throw inputError("there are no files to make a model of");
    const known = name ?? `${chosen.length} files with ${chosen[0].name}`;
    this.#files.set(known, chosen);
    if (this.#isUp) this.#worker.postMessage({ model: known, files: chosen });
    return CHOSEN_FILES + known;
  }

  #sendNext() {
    if (this.#asked || this.#waiting.length === 0) return;
    const [next] = this.#waiting;
    const model = next.work.model ?? next.work.settings?.model;
    // A program's memory never becomes less: another large model gets a new one.
    if (model && this.#model && model !== this.#model && isLarge(this.#model)) this.#hangUp();
    try {
      if (!this.#worker) this.#start();
    } catch (error) {
      return this.#died(error.message, "the engine cannot start");
    }
    if (!this.#isUp) return;
    this.#waiting.shift();
    this.#asked = next;
    this.#model = model ?? this.#model;
    next.id = this.#nextId++;
    try {
      const { id, device, work } = next;
      const memory_budget_mb = this.#settings.memoryBudgetMb;
      this.#worker.postMessage({ id, device, memory_budget_mb, work });
    } catch (error) {
      this.#finish((asked) => asked.reject(inputError(error.message)));
    }
  }

  #start() {
    const { workerUrl, wasmUrl, baseUrl } = this.#settings;
    const { worker, address } = newWorker(workerUrl);
    worker.onmessage = ({ data }) => this.#receive(data);
    worker.onmessageerror = () => this.#died("its message could not be read");
    worker.onerror = (event) => {
      // What was asked is told; the browser need not repeat it.
      event.preventDefault();
      this.#died(event.message || "its program could not be loaded");
    };
    this.#worker = worker;
    const base = baseUrl === undefined ? address : folderAddress(baseUrl);
    const program = wasmUrl === undefined ? undefined : absolute(wasmUrl);
    worker.postMessage({ baseUrl: base, wasmUrl: program });
  }

  #hangUp() {
    const worker = this.#worker;
    this.#worker = null;
    this.#isUp = false;
    this.#model = null;
    if (!worker) return;
    worker.onmessage = worker.onmessageerror = worker.onerror = null;
    worker.terminate();
  }

  #receive({ id, event }) {
    if (event.type === "ready") {
      this.#isUp = true;
      for (const [model, files] of this.#files) this.#worker.postMessage({ model, files });
      return this.#sendNext();
    }
    const { type, ...failure } = event;
    const isFatal = type === "failed" && failure.kind === "worker";
    // Nobody's event is about a worker that does not start, or about what was just asked.
    if (isFatal) return this.#died(failure.message);
    if (!this.#asked || (id !== undefined && id !== null && id !== this.#asked.id)) return;
    if (GOES_ON.has(type)) return this.#asked.onEvent?.(event);
    this.#finish((asked) =>
      type === "failed" ? asked.reject(new InseqError(failure)) : asked.resolve(event),
    );
  }

  #finish(end) {
    const asked = this.#asked;
    this.#asked = null;
    end(asked);
    this.#sendNext();
  }

  /// Ends what goes on or waits. The worker that was at it is ended, too: the next one
  /// has the model from what is kept.
  #cancel(asked, reason) {
    if (this.#asked === asked) {
      this.#asked = null;
      this.#hangUp();
    } else {
      this.#waiting = this.#waiting.filter((other) => other !== asked);
    }
    asked.reject(reason);
    this.#sendNext();
  }

  /// Tells who is to be told that the worker is dead. The next request starts another.
  #died(reason, what = "the engine stopped") {
    this.#hangUp();
    const asked = this.#asked ?? this.#waiting.shift();
    this.#asked = null;
    asked?.reject(
      new InseqError({
        kind: "worker",
        message: `${what}: ${reason}`,
        hint: "it starts again when it is asked again; if it ran out of memory, try a shorter text",
      }),
    );
    this.#sendNext();
  }
}

/// A worker, and the address of its script if that is on another origin.
function newWorker(workerUrl) {
  if (typeof Worker === "undefined") {
    throw new Error("there are no workers here; the engine needs a browser");
  }
  let address = workerUrl === undefined ? null : absolute(workerUrl);
  if (address === null) {
    try {
      // This form, written out, is what bundlers find.
      return { worker: new Worker(new URL("./inseq-worker.js", import.meta.url), { type: "module" }) };
    } catch (error) {
      address = new URL("inseq-worker.js", HERE).href;
      if (isOwnOrigin(address)) throw error;
    }
  }
  if (isOwnOrigin(address)) return { worker: new Worker(address, { type: "module" }) };
  // Browsers start no worker from another origin, but one of our own may import it.
  const script = new Blob([`import ${JSON.stringify(address)};`], { type: "text/javascript" });
  const wrapper = URL.createObjectURL(script);
  const worker = new Worker(wrapper, { type: "module" });
  worker.addEventListener("message", () => URL.revokeObjectURL(wrapper), { once: true });
  return { worker, address };
}

function isOwnOrigin(address) {
  return new URL(address).origin === globalThis.location?.origin;
}

function absolute(address) {
  return new URL(address, globalThis.document?.baseURI ?? globalThis.location?.href).href;
}

/// A folder's address, whether or not it was written with a slash at its end.
function folderAddress(address) {
  const { href } = new URL(address, absolute("."));
  return href.endsWith("/") ? href : `${href}/`;
}

/// Bundled models have plain names, and are small.
function isLarge(model) {
  return /[/:]/.test(model);
}

function closed() {
  return new InseqError({ kind: "closed", message: "the model was closed", hint: "load it again" });
}

/// A description whose options also say how they are written here.
function withNames(description) {
  const options = description.options.map((option) => ({ ...option, name: camelCase(option.id) }));
  return renameKeys({ ...description, options }, camelCase);
}
