// The element `<inseq-playground>`: a prompt and a button. The engine is loaded by a click on
// it, and not before; then the text can be changed and attributed again, in this tab.

import { Engine } from "./engine.js";
import { InseqError } from "./error.js";
import { PLAYGROUND_STYLE } from "./playground-style.js";

/// What is said of each part of the work.
const STAGES = {
  download: "Downloading the model",
  load: "Loading the model",
  generate: "Writing the output",
  attribute: "Attributing",
};
const FIELDS = { model: "", prompt: "", output: "", method: "saliency" };

/// Outside of a browser, as in a bundler, there is nothing to extend; importing is harmless.
export class InseqPlayground extends (globalThis.HTMLElement ?? Object) {
  static observedAttributes = [...Object.keys(FIELDS), "src", "view", "theme", "label"];

  #parts = null;
  #stop = null;
  #result = null;
  #heatmap = null;
  #stage = null;

  constructor() {
    super();
    this.attachShadow({ mode: "open", delegatesFocus: true });
  }

  /// The latest result of this element, an `AttributionResult`; null before the first.
  get result() {
    return this.#result;
  }

  connectedCallback() {
    if (!this.#parts) this.#build();
    this.#showStored();
  }

  disconnectedCallback() {
    this.cancel();
  }

  attributeChangedCallback(name, before, now) {
    if (!this.#parts || before === now) return;
    if (name in FIELDS) this.#fill(name);
    else if (name === "src") this.#showStored();
    else this.#dress();
  }

  /// Loads the engine and the model if they are not there yet, and attributes the text.
  async run() {
    if (!this.#parts) this.#build();
    if (this.#stop) return;
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    this.#setRunning(true);
    try {
      this.#say("Starting the engine");
      const onProgress = (event) => this.#tell(event);
      const asking = { device: this.getAttribute("device") ?? "auto", signal, onProgress };
      const engine = sharedEngine(this);
      await this.#offerMethods(engine, signal);
      const model = await engine.loadModel(this.#setting("model"), asking);
      this.#result = await model.attribute({ ...this.#request(), ...asking });
      await this.#draw(this.#result.toInseqJson());
      this.dispatchEvent(new Event("load"));
    } catch (error) {
      if (signal.aborted) {
        this.#say("Cancelled");
      } else {
        this.#say("");
        this.#fail(error);
        this.dispatchEvent(new Event("error"));
      }
    } finally {
      this.#stop = null;
      this.#setRunning(false);
    }
  }

  /// Ends what goes on. The worker is ended with it; the next run starts another.
  cancel() {
    this.#stop?.abort();
  }

  #build() {
    const area = (rows) => made("textarea", { rows, dir: "auto", spellcheck: "false" });
    const parts = {
      prompt: area("2"),
      output: area("1"),
      method: made("select", {}),
      run: made("button", { type: "button", class: "run" }, "Run"),
      cancel: made("button", { type: "button" }, "Cancel"),
      status: made("p", { class: "status", role: "status", "aria-live": "polite" }),
      progress: made("progress", { "aria-label": "progress", hidden: "" }),
      failure: made("p", { class: "failure", role: "alert", hidden: "" }),
      drawing: made("div", {}),
    };
    this.#parts = parts;
    parts.outputField = field("Output; if empty, the model writes it", parts.output);
    const form = made(
      "div",
      { class: "form", role: "group" },
      field("Text", parts.prompt),
      parts.outputField,
      made("div", { class: "actions" }, field("Method", parts.method), parts.run, parts.cancel),
    );
    parts.form = form;
    parts.run.addEventListener("click", () => this.run());
    parts.cancel.addEventListener("click", () => this.cancel());
    form.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.run();
      if (event.key === "Escape") this.cancel();
    });
    this.shadowRoot.adoptedStyleSheets = [sheetOf(PLAYGROUND_STYLE, this.ownerDocument)];
    this.shadowRoot.replaceChildren(form, parts.progress, parts.status, parts.failure, parts.drawing);
    Object.keys(FIELDS).forEach((name) => this.#fill(name));
    this.#dress();
    this.#setRunning(false);
    this.#say("");
  }

  #setting(name) {
    return this.getAttribute(name) ?? FIELDS[name];
  }

  /// Puts an attribute into its field.
  #fill(name) {
    const { prompt, output, outputField, method, form, status } = this.#parts;
    const value = this.#setting(name);
    if (name === "prompt") prompt.value = value;
    if (name === "output") {
      output.value = value;
      // A field that its author did not ask for is one more thing to explain.
      outputField.hidden = !this.hasAttribute("output");
    }
    if (name === "method") {
      const known = [...method.options].some((option) => option.value === value);
      if (!known) method.append(made("option", { value }, value.replaceAll("_", " ")));
      method.value = value;
    }
    if (name === "model") {
      form.setAttribute("aria-label", `attribution by ${value}`);
      if (!this.#stop && !this.#result) status.textContent = this.#offer();
    }
  }

  /// What a click does, before the first.
  #offer() {
    const model = this.#setting("model");
    return model === "" ? "This element names no model." : `Run loads ${model} and computes in this tab.`;
  }

  #request() {
    const list = (name) => (this.getAttribute(name) ?? "").split(/[\s,]+/).filter(Boolean);
    const { prompt, output, method } = this.#parts;
    return {
      inputTexts: prompt.value,
      generatedTexts: output.value.trim() === "" ? null : output.value,
      method: method.value,
      attributedFn: this.getAttribute("attributed-fn") ?? undefined,
      stepScores: list("step-scores"),
      attributeTarget: this.hasAttribute("attribute-target"),
    };
  }

  /// All methods, once the engine is there to tell them.
  async #offerMethods(engine, signal) {
    const { method } = this.#parts;
    if (method.options.length > 1) return;
    const methods = await engine.listMethods({ signal });
    const chosen = method.value;
    const options = methods.map(({ id, title }) => made("option", { value: id }, title));
    if (!methods.some(({ id }) => id === chosen)) options.push(...method.options);
    method.replaceChildren(...options);
    method.value = chosen;
  }

  #setRunning(isRunning) {
    const { run, cancel, progress, failure, drawing } = this.#parts;
    // A button that was pressed keeps the focus; a disabled one would lose it.
    run.setAttribute("aria-disabled", String(isRunning));
    cancel.setAttribute("aria-disabled", String(!isRunning));
    drawing.setAttribute("aria-busy", String(isRunning));
    progress.hidden = !isRunning;
    progress.removeAttribute("value");
    if (isRunning) failure.hidden = true;
    this.#stage = null;
  }

  /// The bar moves at each event; words are said once for each part of the work.
  #tell(event) {
    const { progress } = this.#parts;
    if (event.type === "notice") return this.#say(event.message);
    if (event.type !== "progress") return;
    const { stage, done, total } = event;
    if (total) {
      progress.max = total;
      progress.value = done;
    } else {
      progress.removeAttribute("value");
    }
    if (stage === this.#stage) return;
    this.#stage = stage;
    const size = stage === "download" && total ? `: ${megabytes(total)}` : "";
    this.#say(`${STAGES[stage] ?? stage}${size}`);
  }

  #say(words) {
    this.#parts.status.textContent = words || (this.#result ? "" : this.#offer());
  }

  #fail(error) {
    const { failure } = this.#parts;
    const isTold = error instanceof InseqError;
    const sentence = isTold ? [error.message, error.hint].filter(Boolean).join("; ") : String(error);
    failure.textContent = `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`;
    failure.hidden = false;
  }

  /// A result that was stored with the page, before there is one of this visit.
  async #showStored() {
    const address = this.getAttribute("src");
    if (address === null || this.#result) return;
    const heatmap = await this.#player();
    if (!this.#result) heatmap.setAttribute("src", new URL(address, this.baseURI).href);
  }

  async #draw(json) {
    const heatmap = await this.#player();
    const drawn = new Promise((done) => {
      heatmap.addEventListener("load", done, { once: true });
      heatmap.addEventListener("error", done, { once: true });
    });
    heatmap.data = json;
    // It draws once it is near the window, which may be never.
    await Promise.race([drawn, new Promise((done) => setTimeout(done, 2000))]);
    const summary = heatmap.shadowRoot.querySelector(".summary")?.textContent ?? "";
    // What the drawing shows is said here to those who do not see it.
    const said = made("span", { class: "unseen" }, summary);
    this.#parts.status.replaceChildren("Done. ", said);
  }

  /// The player's element, which has come with its program.
  async #player() {
    const { STYLE } = await import("./inseq-heatmap.js");
    if (!this.#heatmap) {
      const owner = this.ownerDocument;
      // The player's first: its colors are the defaults of the whole element.
      const sheets = [STYLE, PLAYGROUND_STYLE].map((style) => sheetOf(style, owner));
      this.shadowRoot.adoptedStyleSheets = sheets;
      this.#heatmap = made("inseq-heatmap", {});
      this.#parts.drawing.replaceChildren(this.#heatmap);
      this.#dress();
    }
    return this.#heatmap;
  }

  /// Gives the drawing the attributes that are meant for it.
  #dress() {
    for (const name of ["view", "theme", "label"]) {
      const value = this.getAttribute(name);
      if (value === null) this.#heatmap?.removeAttribute(name);
      else this.#heatmap?.setAttribute(name, value);
    }
  }
}

/// Elements share a worker unless they say otherwise where its parts are.
const engines = new Map();

function sharedEngine(it) {
  const address = (name) => {
    const value = it.getAttribute(name);
    return value === null ? undefined : new URL(value, it.baseURI).href;
  };
  const settings = {
    workerUrl: address("worker-url"),
    wasmUrl: address("wasm-url"),
    baseUrl: address("base-url"),
  };
  const key = JSON.stringify(settings);
  if (!engines.has(key)) engines.set(key, new Engine(settings));
  return engines.get(key);
}

const playgroundSheets = new WeakMap();

/// One style sheet of a text for all elements of a document: one that a policy without
/// inline styles allows.
function sheetOf(style, owner) {
  if (!playgroundSheets.has(owner)) playgroundSheets.set(owner, new Map());
  const known = playgroundSheets.get(owner);
  if (!known.has(style)) {
    const sheet = new owner.defaultView.CSSStyleSheet();
    sheet.replaceSync(style);
    known.set(style, sheet);
  }
  return known.get(style);
}

function field(name, control) {
  return made("label", { class: "field" }, made("span", { class: "name" }, name), control);
}

/// An element with attributes and children; texts become text nodes.
function made(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

// A page may have the script twice.
if (globalThis.customElements && !customElements.get("inseq-playground")) {
  customElements.define("inseq-playground", InseqPlayground);
}
