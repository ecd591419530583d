import type { JsonBounds } from "../../limits/limits.js";

const openList = 0x5b;
const openObject = 0x7b;
const closeList = 0x5d;
const closeObject = 0x7d;
const colon = 0x3a;
const comma = 0x2c;
const quote = 0x22;
const backslash = 0x5c;

/** Bytes that are looked at in one step: less than a millisecond. */
const bytesPerStep = 2 ** 17;

/** A list that is a field of the object that a JSON text is, too long to be parsed at once; in places of the text's bytes. */
export interface LongList {
  /** Where its key is, with its quotes. */
  readonly key: readonly [start: number, end: number];
  /** The places of its brackets. */
  readonly open: number;
  readonly close: number;
  /** Commas between its entries, such as part it into pieces of some 64 KiB. */
  readonly cuts: readonly number[];
}

/** What one pass over a JSON text finds. */
export interface JsonOutline {
  /** The bound that the text exceeds, where the pass ended; undefined where it keeps to all. */
  readonly exceeded: keyof JsonBounds | undefined;
  /** Colons outside of texts: there is one for each key. */
  readonly colons: number;
  readonly longLists: readonly LongList[];
}

const bytesPerPiece = 2 ** 16;

/**
 * The bound that a JSON text exceeds at any of its points; undefined where it keeps to all. The check is made before
 * the text is parsed, in one pass and without memory: a body of brackets alone would make millions of
 * objects. For a text that is not JSON the result means nothing.
 * Runs in steps, between which others can have their turn.
 *
 * @param bytes UTF-8.
 */
export function* boundSteps(
  bounds: JsonBounds,
  bytes: Uint8Array,
): Generator<undefined, keyof JsonBounds | undefined, undefined> {
  return isModest(bounds, bytes) ? undefined : (yield* outlineSteps(bounds, bytes)).exceeded;
}

/** The same, with all else that a look at each byte finds. */
export function* outlineSteps(bounds: JsonBounds, bytes: Uint8Array): Generator<undefined, JsonOutline, undefined> {
  const walk = new JsonWalk(bounds, bytes);
  while (!walk.goOn(bytesPerStep)) yield;
  return walk.outline;
}

/** A walk over a JSON text, of which a part is gone at a time. V8 makes fast code of such a loop, but of none in a generator. */
class JsonWalk {
  readonly #bounds: JsonBounds;
  readonly #bytes: Uint8Array;
  readonly #lists: LongLists;
  #index = 0;
  #depth = 0;
  #parts = 0;
  #entries = 0;
  #colons = 0;
  #exceeded: keyof JsonBounds | undefined;

  constructor(bounds: JsonBounds, bytes: Uint8Array) {
    this.#bounds = bounds;
    this.#bytes = bytes;
    this.#lists = new LongLists(bytes);
  }

  get outline(): JsonOutline {
    return { exceeded: this.#exceeded, colons: this.#colons, longLists: this.#lists.found };
  }

  /** Looks at so many bytes more, and the rest of a text among them; returns whether that was all. */
  goOn(count: number): boolean {
    const bytes = this.#bytes;
    const end = Math.min(bytes.length, this.#index + count);
    let index = this.#index;
    for (; index < end; index++) {
      const byte = bytes[index] as number;
      if (isPlain[byte] === 1) continue;
      if (byte === quote) {
        const last = endOfJsonText(bytes, index);
        if (this.#depth === 1) this.#lists.key(index, last);
        index = last;
      } else if (!this.#isWithin(byte, index)) return true;
    }
    this.#index = index;
    return index >= bytes.length;
  }

  /** Counts a bracket, a colon or a comma; returns whether the text still keeps to its bounds. */
  #isWithin(byte: number, index: number): boolean {
    if (byte === comma) {
      this.#entries += 1;
      if (this.#depth === 2) this.#lists.comma(index);
    } else if (byte === colon) {
      this.#parts += 1;
      this.#colons += 1;
    } else if (byte === openList || byte === openObject) {
      if (this.#depth === 1) this.#lists.open(index);
      this.#depth += 1;
      this.#parts += 1;
    } else {
      if (this.#depth === 2) this.#lists.close(index);
      this.#depth -= 1;
    }
    const { depth, parts, entries } = this.#bounds;
    if (this.#depth > depth) this.#exceeded = "depth";
    else if (this.#parts > parts) this.#exceeded = "parts";
    else if (this.#entries > entries) this.#exceeded = "entries";
    return this.#exceeded === undefined;
  }
}

/** 1 for each byte that means nothing to the structure of a JSON text. */
const isPlain = new Uint8Array(256).fill(1);
for (const byte of [quote, openList, openObject, closeList, closeObject, colon, comma]) isPlain[byte] = 0;

/** Takes down the long lists among the fields of an object, as a pass comes by. */
class LongLists {
  readonly found: LongList[] = [];
  readonly #bytes: Uint8Array;
  #key: LongList["key"] = [0, 0];
  /** Where the list opened that the pass is in; undefined outside of one. */
  #open: number | undefined;
  #cuts: number[] = [];
  #lastCut = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** A text among the fields: what comes before a list is its key. */
  key(start: number, end: number): void {
    this.#key = [start, end + 1];
  }

  open(index: number): void {
    this.#open = this.#bytes[index] === openList ? index : undefined;
    this.#cuts = [];
    this.#lastCut = index;
  }

  comma(index: number): void {
    if (this.#open === undefined || index - this.#lastCut < bytesPerPiece) return;
    this.#cuts.push(index);
    this.#lastCut = index;
  }

  close(index: number): void {
    const isLong = this.#open !== undefined && this.#cuts.length > 0 && this.#bytes[index] === closeList;
    if (isLong) this.found.push({ key: this.#key, open: this.#open as number, close: index, cuts: this.#cuts });
    this.#open = undefined;
  }
}

/** Most bodies are so short, with so few brackets and keys, that no look at each of their bytes is needed. */
function isModest({ depth, parts, entries }: JsonBounds, bytes: Uint8Array): boolean {
  // An entry is two bytes at least, with its comma.
  if (bytes.length > 2 * entries) return false;
  const opens = countUpTo(depth + 1, bytes, openList) + countUpTo(depth + 1, bytes, openObject);
  return opens <= depth && opens + countUpTo(parts + 1, bytes, colon) <= parts;
}

/** How often a byte occurs, up to a number beyond which it does not matter. */
function countUpTo(max: number, bytes: Uint8Array, byte: number): number {
  let count = 0;
  for (let at = bytes.indexOf(byte); at !== -1 && count < max; at = bytes.indexOf(byte, at + 1)) count += 1;
  return count;
}

/** Longer texts are looked through faster by the search for a byte than byte by byte. */
const shortText = 64;

/** The index of the quote that ends the text which begins at another one; the last index or later where none does. */
export function endOfJsonText(bytes: Uint8Array, start: number): number {
  for (let from = start + 1; ;) {
    let end = from;
    const limit = Math.min(bytes.length, end + shortText);
    while (end < limit && bytes[end] !== quote) end += bytes[end] === backslash ? 2 : 1;
    if (end < limit || end >= bytes.length) return end;
    // All before is whole: what begins here is no half of an escape.
    const found = bytes.indexOf(quote, end);
    if (found === -1) return bytes.length;
    if (!isEscaped(bytes, found, end)) return found;
    from = found + 1;
  }
}

/** Whether an odd number of backslashes precedes a place; none of them before `from`. */
function isEscaped(bytes: Uint8Array, place: number, from: number): boolean {
  let first = place;
  while (first > from && bytes[first - 1] === backslash) first -= 1;
  return (place - first) % 2 === 1;
}
