// Tensors in Inseq's encodings: what crates/attribution-output/src/inseq_json/tensor.rs does.

import { Unreadable } from "./text.js";

/// Bytes of a file, unpacked, and of any part of it.
export const MOST_BYTES = 16 << 20;
const MOST_AXES = 4;

/// Bytes of one number, and how to read it.
const NUMBERS = {
  F64: [8, (view, at) => view.getFloat64(at, true)],
  F32: [4, (view, at) => view.getFloat32(at, true)],
  F16: [2, (view, at) => fromHalf(view.getUint16(at, true))],
  BF16: [2, (view, at) => fromBrainHalf(view.getUint16(at, true))],
  F8_E4M3: [1, (view, at) => fromQuarter(view.getUint8(at))],
  I64: [8, (view, at) => Number(view.getBigInt64(at, true))],
  I32: [4, (view, at) => view.getInt32(at, true)],
};
const NUMPY_NAMES = { float64: "F64", float32: "F32", float16: "F16", int64: "I64", int32: "I32" };

/// `{ shape, values }` with 32-bit floats; NaN where nothing applies.
export async function readTensor(value, place) {
  if (typeof value === "string") return readSafetensors(value, place);
  if (Array.isArray(value)) return readLists(value, place);
  if (value && typeof value === "object") return readNumpy(value, place);
  throw new Unreadable(`${place} is not a tensor.`);
}

/// The bytes of a gzip stream; no more than the limit is ever unpacked.
export async function unzip(bytes, limit) {
  const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return collect(unpacked.getReader(), limit);
}

/// All bytes of a stream, unless they are too many.
export async function collect(reader, limit) {
  const chunks = [];
  let length = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    length += part.value.length;
    if (length > limit) {
      // What is left is not wanted; a stream that cannot be cancelled changes nothing.
      reader.cancel().catch(() => {});
      throw new Unreadable(`The result is larger than the ${limit >> 20} MB that are read here.`);
    }
    chunks.push(part.value);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

function readSafetensors(text, place) {
  const bytes = readBase64(text, place);
  const notATensor = () => new Unreadable(`${place} is not a tensor.`);
  if (bytes.length < 8) throw notATensor();
  const view = new DataView(bytes.buffer);
  const headerLength = Number(view.getBigUint64(0, true));
  if (headerLength > bytes.length - 8) throw notATensor();
  let header = null;
  try {
    header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + headerLength)));
  } catch {
    throw notATensor();
  }
  const entry = header && Object.hasOwn(header, "attribution") ? header.attribution : null;
  const [start, end] = Array.isArray(entry?.data_offsets) ? entry.data_offsets : [];
  const data = 8 + headerLength;
  if (!isCount(start) || !isCount(end) || start > end || end > bytes.length - data) {
    throw notATensor();
  }
  const type = numberType(entry.dtype, place);
  return shaped(entry.shape, numbersOf(bytes.subarray(data + start, data + end), type), place);
}

/// Arrays as releases before 0.6 wrote them.
async function readNumpy(value, place) {
  const content = value.__ndarray__;
  if (Array.isArray(content)) return shaped(value.shape, flatten(content, place), place);
  const type = numberType(
    Object.hasOwn(NUMPY_NAMES, value.dtype) ? NUMPY_NAMES[value.dtype] : value.dtype,
    place,
  );
  const text = typeof content === "string" ? content : "";
  const prefix = ["b64.gz:", "b64:"].find((prefix) => text.startsWith(prefix));
  if (!prefix) throw new Unreadable(`${place} is not a tensor.`);
  let bytes = readBase64(text.slice(prefix.length), place);
  if (prefix === "b64.gz:") bytes = await unzip(bytes, MOST_BYTES);
  return shaped(value.shape, numbersOf(bytes, type), place);
}

/// Nested lists, as `use_primitives` writes them.
function readLists(value, place) {
  const shape = [];
  for (let first = value; Array.isArray(first) && shape.length <= MOST_AXES; first = first[0]) {
    shape.push(first.length);
  }
  return shaped(shape, flatten(value, place), place);
}

function flatten(list, place, values = [], depth = 1) {
  if (depth > MOST_AXES) throw new Unreadable(`${place} has more than ${MOST_AXES} axes.`);
  for (const item of list) {
    if (Array.isArray(item)) flatten(item, place, values, depth + 1);
    else if (item === null) values.push(NaN);
    else if (typeof item === "number") values.push(item);
    else throw new Unreadable(`${place} holds something else than numbers.`);
  }
  return values;
}

function shaped(shape, values, place) {
  const isShape = Array.isArray(shape) && shape.length <= MOST_AXES && shape.every(isCount);
  const count = isShape ? shape.reduce((product, length) => product * length, 1) : -1;
  if (count !== values.length) {
    const said = visibleShape(shape);
    throw new Unreadable(`${place} says that its shape is ${said}, but has ${values.length} values.`);
  }
  return { shape, values: values instanceof Float32Array ? values : Float32Array.from(values) };
}

function visibleShape(shape) {
  return `[${(Array.isArray(shape) ? shape : []).slice(0, 8).map(Number).join(", ")}]`;
}

function numberType(name, place) {
  if (Object.hasOwn(NUMBERS, name)) return NUMBERS[name];
  throw new Unreadable(`${place} is of a type of numbers that is not read here.`);
}

function numbersOf(bytes, [size, read]) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const values = new Float32Array(Math.floor(bytes.length / size));
  for (let index = 0; index < values.length; index++) values[index] = read(view, index * size);
  return values;
}

function readBase64(text, place) {
  let characters = "";
  try {
    characters = atob(text);
  } catch {
    throw new Unreadable(`${place} is not base64.`);
  }
  return Uint8Array.from(characters, (character) => character.charCodeAt(0));
}

/// Whether it is a position in a list, or a length.
export function isCount(value) {
  return Number.isSafeInteger(value) && value >= 0;
}

/// Five bits of exponent, ten of mantissa.
function fromHalf(bits) {
  const [sign, exponent, mantissa] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return mantissa ? NaN : sign * Infinity;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  return sign * (1024 + mantissa) * 2 ** (exponent - 25);
}

/// The upper half of a 32-bit float.
function fromBrainHalf(bits) {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint16(0, bits);
  return view.getFloat32(0);
}

/// Four bits of exponent, three of mantissa; no infinities.
function fromQuarter(bits) {
  const [sign, exponent, mantissa] = [bits >> 7 ? -1 : 1, (bits >> 3) & 15, bits & 7];
  if (exponent === 15 && mantissa === 7) return NaN;
  return exponent === 0 ? sign * mantissa * 2 ** -9 : sign * (8 + mantissa) * 2 ** (exponent - 10);
}
