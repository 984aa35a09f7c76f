// The default aggregation of each kind, and the layout of the result: what `aggregate` in
// crates/attribution-output and crates/heatmap/src/layout.rs do. Sums are in double
// precision and results 32-bit floats there and here, so that the same digits come out.

import { Unreadable, displayToken, spellingOf } from "./text.js";
import { settingsFromInfo, words } from "./settings.js";
import { optional } from "./read.js";

export const LEVELS = 10;
const DECIMALS = 3;
const MOST_DECIMALS = 6;

/// A result laid out for reading: rows, columns and cells, each with text and color step.
export function layOut({ info, sequence }) {
  const spelling = spellingOf(info);
  const parts = aggregate(sequence);
  const folded = parts.find(({ scores }) => scores.shape.length !== 2);
  if (folded) {
    throw new Unreadable(`The ${folded.side} attributions are not a matrix; aggregate them first.`);
  }
  const range = largestMagnitude(parts.map((part) => part.scores.values));
  const decimals = decimalsFor(range);
  const labels = (tokens, start) =>
    tokens.map((token, index) => ({
      position: start + index,
      text: displayToken(token, spelling),
    }));
  const { start, end } = sequence;
  const rowsOf = ({ side, scores }) => {
    const tokens = side === "source" ? sequence.source : sequence.target.slice(0, end);
    const nColumns = scores.shape[1];
    return labels(tokens, 0).map((label, row) => ({
      label,
      isProduced: side === "target" && row >= start,
      cells: Array.from(scores.values.subarray(row * nColumns, (row + 1) * nColumns), (value) =>
        cellOf(value, range, decimals),
      ),
    }));
  };
  const method = optional(info, "attribution_method");
  return {
    title: titleFromId(typeof method === "string" ? method : "attribution"),
    columns: labels(sequence.target.slice(start, end), start),
    parts: parts.map((part) => ({ side: part.side, rows: rowsOf(part) })),
    scores: sequence.stepScores.map(({ name, values }) => {
      const finite = Array.from(values).filter(Number.isFinite);
      const scoreDecimals = decimalsFor(largestMagnitude([finite]));
      const texts = Array.from(values, (value) =>
        Number.isNaN(value) ? "" : numberText(value, scoreDecimals),
      );
      return { name: words(name), texts };
    }),
    range,
    decimals,
    isSigned: parts.some(({ scores }) => scores.values.some((value) => value < 0)),
    settings: settingsFromInfo(info, sequence.kind),
  };
}

/// Cells and labels that drawing it as a table makes.
export function tableSize({ columns, parts, scores }) {
  const nRows = parts.reduce((sum, { rows }) => sum + rows.length, scores.length + 1);
  return nRows * (columns.length + 1);
}

/// Matrices of one number for each pair of tokens, source first.
function aggregate({ kind, sourceScores, targetScores }) {
  let parts = [
    { side: "source", scores: sourceScores },
    { side: "target", scores: targetScores },
  ].filter(({ scores }) => scores !== null);
  const has = (axis) => parts.some(({ scores }) => scores.axes.includes(axis));
  const nMeans = ["heads", "layers"].filter(has).length;
  if (kind === "granular") {
    // The engine may have folded hidden coordinates already.
    if (has("hidden")) parts = reduceLast(parts, vectorNorm);
    parts = normalize(parts);
  }
  if (kind === "granular" || kind === "multidimensional") {
    for (let stage = 0; stage < nMeans; stage++) parts = normalize(reduceLast(parts, mean));
  }
  return parts;
}

/// One value of all along the last axis, where a part has it.
function reduceLast(parts, reduce) {
  const axis = parts.map(({ scores }) => scores.axes.at(-1)).find(Boolean);
  return parts.map(({ side, scores }) => {
    if (!axis || scores.axes.at(-1) !== axis) return { side, scores };
    const length = scores.shape.at(-1);
    const shape = scores.shape.slice(0, -1);
    const values = new Float32Array(shape.reduce((product, extent) => product * extent, 1));
    for (let index = 0; index < values.length; index++) {
      values[index] = reduce(scores.values, index * length, length);
    }
    return { side, scores: { shape, values, axes: scores.axes.slice(0, -1) } };
  });
}

function vectorNorm(values, start, length) {
  let sum = 0;
  for (let index = start; index < start + length; index++) sum += values[index] * values[index];
  return Math.sqrt(sum);
}

function mean(values, start, length) {
  let sum = 0;
  for (let index = start; index < start + length; index++) sum += values[index];
  return sum / length;
}

/// Divides each target's column by the sum of its magnitudes, over source and prefix
/// together. Signs and NaN stay.
function normalize(parts) {
  const nColumns = Math.max(0, ...parts.map(({ scores }) => rowLength(scores)));
  const sums = new Float64Array(nColumns);
  for (const { scores } of parts) {
    scores.values.forEach((value, index) => {
      if (!Number.isNaN(value)) sums[index % nColumns] += Math.abs(value);
    });
  }
  return parts.map(({ side, scores }) => {
    const values = scores.values.map((value, index) => value / Math.max(sums[index % nColumns], 1e-12));
    return { side, scores: { ...scores, values } };
  });
}

function rowLength({ shape }) {
  return shape.slice(1).reduce((product, length) => product * length, 1);
}

function largestMagnitude(arrays) {
  let largest = 0;
  for (const values of arrays) {
    for (const value of values) if (Math.abs(value) > largest) largest = Math.abs(value);
  }
  return largest;
}

function cellOf(value, range, decimals) {
  if (Number.isNaN(value)) return { value: null, level: 0, text: "" };
  const share = range > 0 ? Math.fround(Math.fround(value / range) * LEVELS) : 0;
  const level = Math.sign(share) * Math.floor(Math.abs(share) + 0.5);
  // Infinite values have no share, and zero has no sign.
  return { value, level: level || 0, text: numberText(value, decimals) };
}

/// Decimals that give a set of numbers three digits at its largest.
function decimalsFor(largest) {
  if (largest >= 1000) return 0;
  if (largest >= 100) return 1;
  if (largest >= Math.fround(0.1) || largest <= 0) return DECIMALS;
  if (largest >= Math.fround(0.01)) return DECIMALS + 1;
  if (largest >= Math.fround(0.001)) return DECIMALS + 2;
  if (largest >= Math.fround(0.0001)) return DECIMALS + 3;
  return MOST_DECIMALS + 1;
}

/// A 32-bit float with fixed decimals, zero without a sign.
export function numberText(value, decimals) {
  if (value === 0) return "0";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (decimals > MOST_DECIMALS) return value.toExponential(1);
  const magnitude = fixed(Math.abs(value), decimals);
  return value < 0 && /[1-9]/.test(magnitude) ? `-${magnitude}` : magnitude;
}

/// As `toFixed`, but what lies between two numbers becomes the even one, as in Rust.
function fixed(magnitude, decimals) {
  if (magnitude >= 1e21) return BigInt(magnitude).toString();
  // 24 bits times 20 bits: no digit is lost.
  const scaled = magnitude * 10 ** decimals;
  const below = Math.floor(scaled);
  if (scaled - below !== 0.5) return magnitude.toFixed(decimals);
  return ((below + (below % 2)) / 10 ** decimals).toFixed(decimals);
}

function titleFromId(id) {
  const [first = "", ...rest] = words(id);
  return first.toUpperCase() + rest.join("");
}

/// The cells of largest magnitude, strongest first; the earlier of equals first.
export function strongestLinks({ columns, parts }, count, column = null) {
  const strongest = [];
  for (const row of parts.flatMap(({ rows }) => rows)) {
    row.cells.forEach((cell, index) => {
      if (!cell.value || (column !== null && index !== column)) return;
      const magnitude = Math.abs(cell.value);
      const last = strongest[count - 1];
      if (last && magnitude <= last.magnitude) return;
      const at = strongest.findIndex((link) => link.magnitude < magnitude);
      const link = { row: row.label, column: columns[index], cell, magnitude };
      strongest.splice(at < 0 ? strongest.length : at, 0, link);
      strongest.length = Math.min(strongest.length, count);
    });
  }
  return strongest;
}
