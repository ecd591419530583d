import type { JsonBounds } from "../limits/limits.js";

const openList = 0x5b;
const openObject = 0x7b;
const closeList = 0x5d;
const closeObject = 0x7d;
const colon = 0x3a;
const comma = 0x2c;
const quote = 0x22;
const backslash = 0x5c;

/** Bytes that are looked at in one step: about a millisecond. */
const bytesPerStep = 2 ** 19;

/**
 * The bound that a JSON text exceeds at any of its points; undefined where it keeps to all. It tells before
 * the text is parsed, in one pass and without memory: a body of brackets alone would make millions of
 * objects. Of a text that is no JSON it tells something or other.
 * Works in steps, between which others can have their turn.
 *
 * @param bytes UTF-8.
 */
export function* boundSteps(
  bounds: JsonBounds,
  bytes: Uint8Array,
): Generator<undefined, keyof JsonBounds | undefined, undefined> {
  if (isModest(bounds, bytes)) return undefined;
  let depth = 0;
  let parts = 0;
  let entries = 0;
  let nextStep = bytesPerStep;
  for (let index = 0; index < bytes.length; index++) {
    if (index >= nextStep) {
      nextStep = index + bytesPerStep;
      yield;
    }
    const byte = bytes[index];
    if (byte === quote) index = endOfJsonText(bytes, index);
    else if (byte === openList || byte === openObject) {
      depth += 1;
      parts += 1;
      if (depth > bounds.depth) return "depth";
    } else if (byte === closeList || byte === closeObject) depth -= 1;
    else if (byte === colon) parts += 1;
    else if (byte === comma) entries += 1;
    if (parts > bounds.parts) return "parts";
    if (entries > bounds.entries) return "entries";
  }
  return undefined;
}

/** Most bodies are so short, with so few brackets and keys, that no look at each of their bytes is needed. */
function isModest({ depth, parts, entries }: JsonBounds, bytes: Uint8Array): boolean {
  // An entry is two bytes at least, with its comma.
  if (bytes.length > 2 * entries) return false;
  const opens = countUpTo(depth + 1, bytes, openList) + countUpTo(depth + 1, bytes, openObject);
  return opens <= depth && opens + countUpTo(parts + 1, bytes, colon) <= parts;
}

/** How often a byte occurs, up to a number beyond which it does not matter. */
function countUpTo(most: number, bytes: Uint8Array, byte: number): number {
  let count = 0;
  for (let at = bytes.indexOf(byte); at !== -1 && count < most; at = bytes.indexOf(byte, at + 1)) count += 1;
  return count;
}

/** Longer texts are looked through faster by the search for a byte than byte by byte. */
const shortText = 64;

/** The index of the quote that ends the text which begins at another one; the last index or later where none does. */
export function endOfJsonText(bytes: Uint8Array, start: number): number {
  let end = start + 1;
  const limit = Math.min(bytes.length, end + shortText);
  while (end < limit && bytes[end] !== quote) end += bytes[end] === backslash ? 2 : 1;
  if (end < limit || end >= bytes.length) return end;
  // All before is whole: what ends here is no half of an escape.
  for (let from = end; ;) {
    const found = bytes.indexOf(quote, from);
    if (found === -1) return bytes.length;
    if (!isEscaped(bytes, found, from)) return found;
    from = found + 1;
  }
}

/** Whether an odd number of backslashes stands before a place; none of them before `from`. */
function isEscaped(bytes: Uint8Array, place: number, from: number): boolean {
  let first = place;
  while (first > from && bytes[first - 1] === backslash) first -= 1;
  return (place - first) % 2 === 1;
}
