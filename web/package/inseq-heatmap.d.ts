// Types of `inseq-web/heatmap`: importing it defines the element `<inseq-heatmap>`.

import type { InseqJson } from "./index.js";

/** Draws a result. Attributes: `src`, `sequence`, `view`, `theme`, `label`. */
export class InseqHeatmap extends HTMLElement {
  /** A result as Inseq JSON; it goes before `src`. */
  data: string | InseqJson | null;
}

declare global {
  interface HTMLElementTagNameMap {
    "inseq-heatmap": InseqHeatmap;
  }
}
