// The element `<inseq-heatmap>`: finds its data, and draws it in a shadow root once it is seen.

import { Unreadable, visible } from "./text.js";
import { MOST_BYTES, collect } from "./tensor.js";
import { readResult, textOf } from "./read.js";
import { layOut, tableSize } from "./aggregate.js";
import { drawArticle, element } from "./draw.js";
import { STYLE } from "./style.js";

/// Cells of a table that is drawn: 128 tokens by as many.
const MOST_CELLS = 1 << 14;
/// Rows and columns of a tinted text.
const MOST_TOKENS = 5000;
/// What an address of a result may begin with.
const ADDRESSES = ["https:", "http:", "blob:", "data:"];
/// How far below the window an element begins to load.
const MARGIN = "200px";

/// Outside of a browser, as in a bundler, there is nothing to extend; importing is harmless.
class InseqHeatmap extends (globalThis.HTMLElement ?? Object) {
  static observedAttributes = ["src", "sequence", "view", "label"];

  #data = null;
  #isSeen = false;
  #draws = new AbortController();
  #seen = null;
  #children = null;

  constructor() {
    super();
    this.attachShadow({ mode: "open" });
  }

  /// A result as Inseq JSON, text or object; it goes before `src` and a script inside.
  get data() {
    return this.#data;
  }

  set data(data) {
    this.#data = data;
    this.#redraw();
  }

  connectedCallback() {
    // What was set before the element was defined would hide the property.
    if (Object.hasOwn(this, "data")) {
      const data = this.data;
      delete this.data;
      this.data = data;
    }
    this.#seen = new IntersectionObserver(
      (entries) => {
        if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
        this.#seen?.disconnect();
        this.#isSeen = true;
        this.#redraw();
      },
      { rootMargin: MARGIN },
    );
    this.#seen.observe(this);
    // The parser adds what is inside after the element.
    this.#children = new MutationObserver(() => this.#redraw());
    this.#children.observe(this, { childList: true });
  }

  disconnectedCallback() {
    this.#seen?.disconnect();
    this.#children?.disconnect();
    this.#draws.abort();
    this.#isSeen = false;
  }

  attributeChangedCallback(_name, before, now) {
    if (before !== now) this.#redraw();
  }

  /// Reads and draws; of several at once only the last shows.
  async #redraw() {
    if (!this.#isSeen) return;
    this.#draws.abort();
    this.#draws = new AbortController();
    const { signal } = this.#draws;
    try {
      const text = await this.#text(signal);
      if (signal.aborted) return;
      if (text === null) return this.#show();
      const heatmap = layOut(await readResult(text, this.#sequence()));
      if (signal.aborted) return;
      this.#show(this.#article(heatmap));
      this.dispatchEvent(new Event("load"));
    } catch (error) {
      if (signal.aborted) return;
      const sentence =
        error instanceof Unreadable ? error.message : `This result cannot be shown: ${error?.message}.`;
      this.#show(element("p", { role: "alert", class: "failure" }, visible(sentence)));
      this.dispatchEvent(new Event("error"));
    }
  }

  /// The JSON, or null if there is none yet.
  async #text(signal) {
    if (this.#data !== null && this.#data !== undefined) return textOfData(this.#data);
    const script = this.querySelector(':scope > script[type="application/json"]');
    if (script && !this.hasAttribute("src")) return bounded(script.textContent);
    const address = this.getAttribute("src");
    if (address === null) return null;
    let response = null;
    try {
      const url = new URL(address, this.baseURI);
      if (!ADDRESSES.includes(url.protocol)) throw new TypeError("not an address of a file");
      response = await fetch(url, { signal });
    } catch {
      throw new Unreadable(`The result ${visible(address, 200)} cannot be reached.`);
    }
    if (!response.ok || !response.body) {
      throw new Unreadable(`The result ${visible(address, 200)} cannot be read: status ${response.status}.`);
    }
    return textOf(await collect(response.body.getReader(), MOST_BYTES));
  }

  #sequence() {
    const asked = this.getAttribute("sequence") ?? "0";
    if (/^\d{1,9}$/.test(asked)) return Number(asked);
    throw new Unreadable(`There is no sequence “${visible(asked, 40)}”: the first one is 0.`);
  }

  #article(heatmap) {
    const view = this.getAttribute("view") ?? "heatmap";
    const { columns, parts } = heatmap;
    const nRows = parts.reduce((sum, { rows }) => sum + rows.length, 0);
    if (view !== "text" && tableSize(heatmap) > MOST_CELLS) {
      throw new Unreadable(
        `${nRows} rows and ${columns.length} columns are too many to draw here; ` +
          'view="text" shows one column at a time.',
      );
    }
    if (nRows + columns.length > MOST_TOKENS) {
      throw new Unreadable(`${nRows + columns.length} tokens are too many to draw here.`);
    }
    return drawArticle(heatmap, { view, name: this.getAttribute("label") });
  }

  #show(...nodes) {
    this.shadowRoot.adoptedStyleSheets = [styleSheet(this.ownerDocument)];
    this.shadowRoot.replaceChildren(...nodes);
  }
}

function textOfData(data) {
  if (typeof data === "string") return bounded(data);
  try {
    return bounded(JSON.stringify(data) ?? "");
  } catch (error) {
    throw error instanceof Unreadable ? error : new Unreadable("The data cannot be written as JSON.");
  }
}

function bounded(text) {
  if (text.length <= MOST_BYTES) return text;
  throw new Unreadable(`The result is larger than the ${MOST_BYTES >> 20} MB that are read here.`);
}

const sheets = new WeakMap();

/// One style sheet for all elements of a document.
function styleSheet(owner) {
  if (!sheets.has(owner)) {
    const sheet = new owner.defaultView.CSSStyleSheet();
    sheet.replaceSync(STYLE);
    sheets.set(owner, sheet);
  }
  return sheets.get(owner);
}

// A page may have the script twice.
if (globalThis.customElements && !customElements.get("inseq-heatmap")) {
  customElements.define("inseq-heatmap", InseqHeatmap);
}

export { InseqHeatmap, STYLE, layOut, readResult };
