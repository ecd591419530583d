import { endOfJsonText } from "./json-bounds.js";

const colon = 0x3a;
const quote = 0x22;

/**
 * Whether an object of a JSON text has the same key twice. What that means differs from reader to reader
 * (RFC 8259, section 4), so that a proxy or a log could understand another request than the server does.
 *
 * The text has a colon for each key, the value has each key once; where they differ, one was overwritten.
 *
 * @param bytes UTF-8.
 * @param value What the text was parsed into.
 */
export function hasRepeatedKey(bytes: Uint8Array, value: unknown): boolean {
  const keys = countKeys(value);
  // Most bodies have no colon within a text, which takes no look at each of their bytes.
  return countColons(bytes) !== keys && countColonsBetweenTexts(bytes) !== keys;
}

/** How many keys there are in a value and all that it holds. */
export function countKeys(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const entry: unknown = value[index];
      if (typeof entry === "object") count += countKeys(entry);
    }
    return count;
  }
  for (const entry of Object.values(value)) count += 1 + countKeys(entry);
  return count;
}

function countColons(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(colon); at !== -1; at = bytes.indexOf(colon, at + 1)) count += 1;
  return count;
}

function countColonsBetweenTexts(bytes: Uint8Array): number {
  let count = 0;
  for (let index = 0; index < bytes.length; index++) {
    if (bytes[index] === quote) index = endOfJsonText(bytes, index);
    else if (bytes[index] === colon) count += 1;
  }
  return count;
}
