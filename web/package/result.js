// Finished attributions. Inseq's JSON is what they are; all else is read from it.

import { inputError } from "./error.js";

/// What several results must share for one `info` to be true of all, but texts and times.
const JOINED_TEXTS = ["input_texts", "generated_texts"];

/// What an attribution gave: a `FeatureAttributionOutput` of Inseq.
export class AttributionResult {
  #json;
  #parsed = null;

  /// From Inseq JSON, text or object, as Inseq or this package saved it.
  constructor(json) {
    this.#json = typeof json === "string" ? json : JSON.stringify(json);
  }

  /// The result as Inseq's `save` writes it and `FeatureAttributionOutput.load` reads it.
  toInseqJson() {
    return this.#json;
  }

  /// So that `JSON.stringify` writes Inseq's JSON, too.
  toJSON() {
    return this.#attributes().parsed;
  }

  /// Every setting that a number depends on, under Inseq's keys.
  get info() {
    return this.#attributes().info;
  }

  /// How many texts were attributed.
  get nSequences() {
    return this.#attributes().sequences.length;
  }

  /// One text's tokens and scores as they are, without aggregation: what Inseq's
  /// `sequence_attributions` holds.
  async sequence(index = 0) {
    const { readResult } = await import("./inseq-heatmap.js");
    const { sequence } = await readResult(this.#json, index);
    const named = sequence.stepScores.map(({ name, values }) => [name, values]);
    return {
      source: sequence.source,
      target: sequence.target,
      sourceAttributions: sequence.sourceScores,
      targetAttributions: sequence.targetScores,
      stepScores: Object.fromEntries(named),
      attrPosStart: sequence.start,
      attrPosEnd: sequence.end,
    };
  }

  /// One text as a table of one number for each pair of tokens, aggregated as Inseq's
  /// `show` does by default.
  async table(index = 0) {
    const { layOut, readResult } = await import("./inseq-heatmap.js");
    const read = await readResult(this.#json, index);
    const { title, columns, parts, settings } = layOut(read);
    const named = read.sequence.stepScores.map(({ name, values }) => [name, Array.from(values)]);
    return {
      title,
      columns,
      parts: parts.map(({ side, rows }) => ({
        side,
        rows: rows.map(({ label, cells }) => ({ label, values: cells.map(({ value }) => value) })),
      })),
      stepScores: Object.fromEntries(named),
      settings: Object.fromEntries(settings),
    };
  }

  /// Draws it by the player: a new `<inseq-heatmap>`, put into `parent` in the place of
  /// what was there.
  async show(parent = null, { sequence = 0, view, theme, label } = {}) {
    await import("./inseq-heatmap.js");
    const heatmap = document.createElement("inseq-heatmap");
    const attributes = { sequence: String(sequence), view, theme, label };
    for (const [name, value] of Object.entries(attributes)) {
      if (value !== undefined) heatmap.setAttribute(name, value);
    }
    heatmap.data = this.#json;
    parent?.replaceChildren(heatmap);
    return heatmap;
  }

  #attributes() {
    this.#parsed ??= attributesOf(this.#json);
    return this.#parsed;
  }
}

/// What PECoRe gave, as Inseq's `attribute-context` saves it.
export class ContextResult {
  #json;

  constructor(json) {
    this.#json = json;
  }

  /// As Inseq saves and reads it.
  toInseqJson() {
    return this.#json;
  }

  toJSON() {
    return this.data;
  }

  /// The same as an object, under Inseq's keys.
  get data() {
    return JSON.parse(this.#json);
  }
}

/// Results of several texts as one, as Inseq's `merge_attributions` makes it.
export function merged(jsons) {
  const [first, ...others] = jsons.map(attributesOf);
  for (const { info, sequences } of others) {
    first.sequences.push(...sequences);
    for (const key of JOINED_TEXTS) first.info[key].push(...info[key]);
    first.info.attr_pos_end = Math.max(first.info.attr_pos_end, info.attr_pos_end);
    first.info.exec_time += info.exec_time;
  }
  return JSON.stringify(first.parsed, null, 4);
}

function attributesOf(json) {
  let parsed = null;
  try {
    parsed = JSON.parse(json);
  } catch (error) {
    throw inputError(`the result is not JSON: ${error.message}`);
  }
  const attributes = parsed?.attributes ?? parsed;
  const { info, sequence_attributions: sequences } = attributes ?? {};
  if (!Array.isArray(sequences)) throw inputError("the result has no sequence_attributions");
  return { parsed, info: info ?? {}, sequences };
}
