// Types of `inseq-web/playground`: importing it defines the element `<inseq-playground>`.

import type { AttributionResult } from "./index.js";

/** A text that the reader of a page can change and attribute. Attributes: `model`, `prompt`,
 * `output`, `method`, `attributed-fn`, `step-scores`, `attribute-target`, `device`, `src`,
 * `view`, `theme`, `label`, `base-url`, `worker-url`, `wasm-url`. */
export class InseqPlayground extends HTMLElement {
  /** The latest result; null before the first. */
  readonly result: AttributionResult | null;
  run(): Promise<void>;
  cancel(): void;
}

declare global {
  interface HTMLElementTagNameMap {
    "inseq-playground": InseqPlayground;
  }
}
