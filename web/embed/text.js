// Tokens as readers see them, and text that stays text: what
// crates/attribution-output/src/token.rs and crates/heatmap/src/escape.rs do.

/// Something in a file that cannot be shown; its message is a sentence for readers.
export class Unreadable extends Error {}

const CHANGE = " → ";
/// Controls and what hides or rearranges the characters around it; half characters too.
const INVISIBLE =
  /[\p{Cc}\u00AD\u061C\u200B\u200E\u200F\uFEFF\u2028-\u202E\u2060-\u2069\uD800-\uDFFF]/gu;
const TURNING = /[\p{Cc}\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFFFE\uFFFF\uD800-\uDFFF]/gu;

/// Text for a page: at most so many characters, none of which steers what follows.
export function visible(text, longest = 2000) {
  const characters = text.length > longest ? [...text.slice(0, longest)].join("") + "…" : text;
  return characters.replace(TURNING, "\uFFFD");
}

/// How the tokens of a result are spelled, from the class names in its settings.
export function spellingOf(info) {
  for (const key of ["tokenizer_class", "model_class"]) {
    const name = Object.hasOwn(info, key) ? String(info[key]) : "";
    if (name.startsWith("GPT2")) return "bytes";
    if (name.startsWith("Marian")) return "pieces";
  }
  return "plain";
}

/// A token as a reader should see it; a space at its start belongs to it.
export function displayToken({ id, token }, spelling) {
  const change = id < 0 ? token.indexOf(CHANGE) : -1;
  if (change >= 0) {
    const display = (part) => displayToken({ id: 0, token: part }, spelling);
    const [from, to] = [token.slice(0, change), token.slice(change + CHANGE.length)].map(display);
    return from + CHANGE + to.trimStart();
  }
  if (spelling === "pieces") return displayText(token.replaceAll("▁", " "));
  const bytes = spelling === "bytes" ? bytesOf(token) : null;
  // Added tokens are written as they are.
  return bytes ? displayBytes(bytes) : displayText(token);
}

function displayText(text) {
  const spelledOut = (character) => `\\u{${character.codePointAt(0).toString(16)}}`;
  return text.replaceAll("\n", "⏎").replaceAll("\t", "⇥").replace(INVISIBLE, spelledOut);
}

/// The bytes that GPT-2 writes as one printable character each; null for other text.
function bytesOf(token) {
  const bytes = [];
  for (const character of token) {
    const byte = byteOfCharacter().get(character);
    if (byte === undefined) return null;
    bytes.push(byte);
  }
  return Uint8Array.from(bytes);
}

let byteTable = null;

/// Printable bytes stand for themselves, the other 68 are numbered from 256 on.
function byteOfCharacter() {
  if (byteTable) return byteTable;
  byteTable = new Map();
  let nOthers = 0;
  for (let byte = 0; byte < 256; byte++) {
    const isItself = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte !== 0xad);
    byteTable.set(String.fromCharCode(isItself ? byte : 256 + nOthers), byte);
    if (!isItself) nOthers++;
  }
  return byteTable;
}

/// Whole characters as they are, other bytes as `\xE2`.
function displayBytes(bytes) {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let display = "";
  for (let at = 0; at < bytes.length; ) {
    const first = bytes[at];
    const length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    try {
      display += displayText(decoder.decode(bytes.subarray(at, at + length)));
      at += length;
    } catch {
      display += `\\x${first.toString(16).toUpperCase().padStart(2, "0")}`;
      at += 1;
    }
  }
  return display;
}
