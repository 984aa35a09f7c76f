// Inseq's JSON: what crates/attribution-output/src/inseq_json/ reads. Nothing in a file is
// believed; an error names the place of what does not fit.

import { Unreadable, visible } from "./text.js";
import { MOST_BYTES, isCount, readTensor, unzip } from "./tensor.js";

const MOST_NESTED = 128;
/// Brackets and texts of a file.
const MOST_MARKS = 2_000_000;
const KINDS = {
  GranularFeatureAttributionSequenceOutput: "granular",
  CoarseFeatureAttributionSequenceOutput: "coarse",
  MultiDimensionalFeatureAttributionSequenceOutput: "multidimensional",
  FeatureAttributionSequenceOutput: "plain",
};

/// The JSON of a file, gzipped or not.
export async function textOf(bytes) {
  const isZipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
  return new TextDecoder().decode(isZipped ? await unzipFile(bytes) : bytes);
}

async function unzipFile(bytes) {
  try {
    return await unzip(bytes, MOST_BYTES);
  } catch (error) {
    throw error instanceof Unreadable ? error : new Unreadable("The file is damaged gzip.");
  }
}

/// One sequence of a result, with the result's settings.
export async function readResult(text, index) {
  const attributes = attributesOf(parse(text), "The file", ["FeatureAttributionOutput"])[1];
  const info = optional(attributes, "info") ?? {};
  if (!isObject(info)) throw new Unreadable("info is not an object.");
  const sequences = optional(attributes, "sequence_attributions");
  if (!Array.isArray(sequences)) throw new Unreadable("The file has no sequence_attributions.");
  if (index >= sequences.length) {
    throw new Unreadable(`There is no sequence ${index}: the file has ${sequences.length}, from 0 on.`);
  }
  const place = `sequence_attributions[${index}]`;
  const sequence = await readSequence(sequences[index], place, info);
  const before = optional(info, "aggregated_from");
  if (Object.hasOwn(KINDS, before) && ["coarse", "multidimensional"].includes(sequence.kind)) {
    sequence.kind = KINDS[before];
  }
  return { info, sequence };
}

async function readSequence(value, place, info) {
  const [name, attributes] = attributesOf(value, place, Object.keys(KINDS));
  const tensor = async (key) => {
    const field = optional(attributes, key);
    return field === null ? null : readTensor(field, `${place}.${key}`);
  };
  const source = await tensor("source_attributions");
  const target = await tensor("target_attributions");
  const kind = name ? KINDS[name] : guessedKind((source ?? target)?.shape.length, info);
  const sequence = {
    kind,
    source: readTokens(attributes, "source", place),
    target: readTokens(attributes, "target", place),
    sourceScores: named(source, kind, `${place}.source_attributions`),
    targetScores: named(target, kind, `${place}.target_attributions`),
    stepScores: await readStepScores(optional(attributes, "step_scores") ?? {}, place),
    start: optional(attributes, "attr_pos_start"),
    end: optional(attributes, "attr_pos_end"),
  };
  check(sequence, place);
  return sequence;
}

/// The kind of a sequence that was saved without its class.
function guessedKind(nAxes, info) {
  if (nAxes === undefined) return "plain";
  if (nAxes <= 2) return "coarse";
  const method = optional(info, "attribution_method");
  return ["attention", "value_zeroing"].includes(method) ? "multidimensional" : "granular";
}

/// A tensor with the names of its axes after rows and columns.
function named(tensor, kind, place) {
  if (!tensor) return null;
  const last = kind === "granular" ? "hidden" : "heads";
  const axes = [
    [],
    [kind === "multidimensional" ? "layers" : "hidden"],
    ["layers", last],
  ][tensor.shape.length - 2];
  if (!axes) throw new Unreadable(`${place} is not a matrix, nor layers of one.`);
  return { ...tensor, axes };
}

function readTokens(attributes, key, place) {
  const tokens = optional(attributes, key);
  if (!Array.isArray(tokens)) throw new Unreadable(`${place}.${key} is not a list of tokens.`);
  return tokens.map((value, index) => {
    const at = `${place}.${key}[${index}]`;
    const token = attributesOf(value, at, ["TokenWithId"])[1];
    const [id, text] = [optional(token, "id"), optional(token, "token")];
    if (!Number.isInteger(id) || typeof text !== "string") {
      throw new Unreadable(`${at} is not a token with its id.`);
    }
    return { id, token: text };
  });
}

async function readStepScores(fields, place) {
  if (!isObject(fields)) throw new Unreadable(`${place}.step_scores is not an object.`);
  const scores = [];
  for (const name of Object.keys(fields).sort()) {
    const at = `${place}.step_scores.${visible(name, 60)}`;
    const { shape, values } = await readTensor(fields[name], at);
    if (shape.length !== 1) throw new Unreadable(`${at} has more than one axis.`);
    scores.push({ name, values });
  }
  return scores;
}

/// Positions, matrices and step scores must fit the tokens.
function check({ source, target, sourceScores, targetScores, stepScores, start, end }, place) {
  if (!isCount(start) || !isCount(end) || start > end || end > target.length) {
    throw new Unreadable(`${place} explains tokens outside of its ${target.length} target tokens.`);
  }
  const nTargets = end - start;
  const matrices = [
    ["source_attributions", sourceScores, source.length],
    ["target_attributions", targetScores, end],
  ];
  for (const [name, scores, nRows] of matrices) {
    if (scores && (scores.shape[0] !== nRows || scores.shape[1] !== nTargets)) {
      const found = `${scores.shape[0]} rows and ${scores.shape[1]} columns`;
      throw new Unreadable(
        `${place}.${name} has ${found}; its tokens need ${nRows} rows and ${nTargets} columns.`,
      );
    }
  }
  const wrong = stepScores.find(({ values }) => values.length !== nTargets);
  if (wrong) {
    const at = `${place}.step_scores.${visible(wrong.name, 60)}`;
    throw new Unreadable(`${at} has ${wrong.values.length} values for ${nTargets} tokens.`);
  }
}

/// The class of an object, if it was saved, and its attributes.
function attributesOf(value, place, classes) {
  if (!isObject(value)) throw new Unreadable(`${place} is not an object.`);
  const type = optional(value, "__instance_type__");
  if (type === null) return [null, value];
  const name = Array.isArray(type) ? type[1] : null;
  const attributes = optional(value, "attributes");
  if (!classes.includes(name) || !isObject(attributes)) {
    throw new Unreadable(`${place} is not a ${classes[0]} of Inseq.`);
  }
  return [name, attributes];
}

/// A field that may be absent or null.
export function optional(value, key) {
  return (Object.hasOwn(value, key) ? value[key] : null) ?? null;
}

export function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/// JSON as Python writes it: `NaN` and infinities are read as null.
function parse(text) {
  const repaired = scan(text);
  try {
    return JSON.parse(repaired);
  } catch (error) {
    throw new Unreadable(`This is not JSON: ${visible(error.message, 200)}.`);
  }
}

/// The text with null for Python's literals. Counts what parsing would make of it first,
/// so that a small file cannot become very many objects.
function scan(text) {
  const marks = /["[\]{}]|-?(?:NaN|Infinity)/g;
  const parts = [];
  let [kept, depth, nMarks] = [0, 0, 0];
  for (let match = marks.exec(text); match; match = marks.exec(text)) {
    const found = match[0];
    nMarks += 1;
    if (nMarks > MOST_MARKS) {
      throw new Unreadable("The file has too many lists, objects and texts to be a result.");
    }
    if (found === '"') {
      marks.lastIndex = endOfString(text, match.index + 1);
    } else if (found === "[" || found === "{") {
      depth += 1;
      if (depth > MOST_NESTED) throw new Unreadable("The file is nested too deeply to be a result.");
    } else if (found === "]" || found === "}") {
      depth -= 1;
      if (depth < 0) throw new Unreadable("This is not JSON: a bracket closes what was not open.");
    } else {
      parts.push(text.slice(kept, match.index), "null");
      kept = match.index + found.length;
    }
  }
  return parts.length === 0 ? text : parts.join("") + text.slice(kept);
}

/// The position after the quote that ends a string.
function endOfString(text, start) {
  for (let end = text.indexOf('"', start); end >= 0; end = text.indexOf('"', end + 1)) {
    let nSlashes = 0;
    while (end - 1 - nSlashes >= start && text[end - 1 - nSlashes] === "\\") nSlashes++;
    if (nSlashes % 2 === 0) return end + 1;
  }
  return text.length;
}
