import { isUtf8 } from "node:buffer";
import { DomainError } from "../../errors/domain-error.js";
import type { JsonBounds } from "../../limits/limits.js";
import { decodeUtf8 } from "../../text/decode-utf8.js";
import type { TimeSlice } from "../../event-loop/time-slice.js";
import { boundSteps, type LongList, outlineSteps } from "./json-bounds.js";
import { countKeys, hasRepeatedKey } from "./json-keys.js";

/** From so many bytes on, parsing a body takes milliseconds. */
const longBody = 2 ** 18;

/**
 * The value of a body; undefined for an empty one. A long one is looked at and parsed in steps, between which others
 * have their turn.
 *
 * @throws DomainError `invalid_json`.
 */
export async function parseBody(bytes: Buffer, bounds: JsonBounds, timeSlice: TimeSlice): Promise<unknown> {
  if (bytes.length === 0) return undefined;
  return bytes.length < longBody ? parseShort(bytes, bounds) : parseLong(bytes, bounds, timeSlice);
}

function parseShort(bytes: Buffer, bounds: JsonBounds): unknown {
  requireBounds(finish(boundSteps(bounds, bytes)), bounds);
  const value = parseText(decode(bytes));
  if (hasRepeatedKey(bytes, value)) throw repeatedKey();
  return value;
}

async function parseLong(bytes: Buffer, bounds: JsonBounds, timeSlice: TimeSlice): Promise<unknown> {
  const pause = async (): Promise<void> => {
    if (timeSlice.isOver) await timeSlice.next();
  };
  const steps = outlineSteps(bounds, bytes);
  let step = steps.next();
  for (; step.done !== true; step = steps.next()) await pause();
  const { exceeded, colons, longLists } = step.value;
  requireBounds(exceeded, bounds);
  if (!isUtf8(bytes)) throw notUtf8();
  await pause();
  const text = decodeUtf8(withoutMark(joinOthers(bytes, longLists)));
  await pause();
  const value = parseText(text, longLists.length > 0);
  let keys = countKeys(value);
  for (const list of longLists) keys += await fillList(bytes, list, { value, pause });
  if (keys !== colons) throw repeatedKey();
  return value;
}

function finish<Result>(steps: Generator<undefined, Result, undefined>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

function requireBounds(exceeded: keyof JsonBounds | undefined, bounds: JsonBounds): void {
  if (exceeded === undefined) return;
  const details = {
    depth: `the body has lists and objects more than ${bounds.depth} deep in one another (ECA_MAX_JSON_DEPTH)`,
    parts: `the body has more than ${bounds.parts} lists, objects and keys`,
    entries: `the body has more than ${bounds.entries} entries of lists; a state may be too long for this server`,
  };
  throw new DomainError("invalid_json", details[exceeded]);
}

/** To make one takes longer than to decode a short body. */
const utf8 = new TextDecoder("utf-8", { fatal: true });

function decode(bytes: Buffer): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw notUtf8();
  }
}

function notUtf8(): DomainError {
  return new DomainError("invalid_json", "the body is not UTF-8");
}

function repeatedKey(): DomainError {
  return new DomainError("invalid_json", "an object of the body has the same key twice; send each once");
}

const byteOrderMark = Buffer.from("\ufeff");

function withoutMark(bytes: Buffer): Buffer {
  return bytes.subarray(0, byteOrderMark.length).equals(byteOrderMark) ? bytes.subarray(byteOrderMark.length) : bytes;
}

/** The text without the entries of its long lists. */
function joinOthers(bytes: Buffer, lists: readonly LongList[]): Buffer {
  if (lists.length === 0) return bytes;
  const others: Buffer[] = [];
  let from = 0;
  for (const { open, close } of lists) {
    others.push(bytes.subarray(from, open + 1));
    from = close;
  }
  return Buffer.concat([...others, bytes.subarray(from)]);
}

/**
 * Puts the entries of a list where the value has an empty one. JSON nests: a text whose lists are empty and one of
 * entries between two brackets are each JSON where, and only where, the whole is. Returns how many keys are in them.
 */
async function fillList(
  bytes: Buffer,
  { key, open, close, cuts }: LongList,
  { value, pause }: { readonly value: unknown; readonly pause: () => Promise<void> },
): Promise<number> {
  const name = JSON.parse(decodeUtf8(bytes.subarray(...key))) as string;
  const list = (value as Readonly<Record<string, unknown>>)[name];
  // Another value of the same key has taken its place: that the key is there twice is found by the count of all.
  if (!Array.isArray(list)) return 0;
  let keys = 0;
  let start = open + 1;
  for (const end of [...cuts, close]) {
    await pause();
    const entries = parseText(`[${decodeUtf8(bytes.subarray(start, end))}]`, true) as unknown[];
    if (entries.length === 0)
      throw new DomainError("invalid_json", "the body is not JSON: an entry of a list is missing");
    // One by one: V8 keeps numbers as numbers, and takes no more arguments of a call than a stack holds.
    for (const entry of entries) list.push(entry);
    await pause();
    keys += countKeys(entries);
    start = end + 1;
  }
  return keys;
}

/** @param isPiece Whether places in the text are not those in the body. */
function parseText(text: string, isPiece = false): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const hint = /\b(?:NaN|Infinity)\b/.test(text) ? "; JSON has no NaN and no Infinity" : "";
    const { message } = error as Error;
    const reason = isPiece ? message.replace(/ at position \d+.*$/, "") : message;
    throw new DomainError("invalid_json", `the body is not JSON: ${reason}${hint}`);
  }
}
