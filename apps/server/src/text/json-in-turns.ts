import { z } from "zod";
import type { TimeSlice } from "../time-slice.js";
import { jsonWriterFor } from "./json-writer.js";

/** A list with more entries, or a text with more characters, takes about a millisecond to write. */
const longList = 4096;
const longText = 2 ** 16;

/** Whether a value holds a text or a list that takes long to write. Of a list its ends stand for all. */
export function isLong(value: unknown): boolean {
  if (typeof value === "string") return value.length > longText;
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return value.length > longList || hasLongEnd(value);
  for (const key in value) {
    if (isLong((value as Readonly<Record<string, unknown>>)[key])) return true;
  }
  return false;
}

function hasLongEnd(entries: readonly unknown[]): boolean {
  return isLong(entries[0]) || (entries.length > 1 && isLong(entries.at(-1)));
}

/**
 * What the writer of a schema makes of a value, where that is long field by field and list by list: others have their
 * turn in between.
 */
export async function writeInTurns(schema: z.ZodType, value: unknown, timeSlice: TimeSlice): Promise<string> {
  let text = "";
  for (const piece of piecesOf(schema, value)) {
    text += piece;
    if (timeSlice.isOver) await timeSlice.next();
  }
  return text;
}

/** Writes a value as JSON, at once unless it is long. */
export type TurnWriter = (value: unknown) => string | Promise<string>;

/** The writer of a schema for values of any length. */
export function turnWriterFor(schema: z.ZodType, timeSlice: TimeSlice): TurnWriter {
  const write = jsonWriterFor(schema);
  return (value) => (isLong(value) ? writeInTurns(schema, value, timeSlice) : write(value));
}

function* piecesOf(schema: z.ZodType, value: unknown): Generator<string> {
  if (schema instanceof z.ZodObject) yield* fieldsOf(schema.shape, value);
  else if (schema instanceof z.ZodNullable && value !== null) yield* piecesOf(schema.unwrap() as z.ZodType, value);
  else if (schema instanceof z.ZodArray && Array.isArray(value) && isLong(value)) yield* entriesOf(schema, value);
  else yield jsonWriterFor(schema)(value);
}

/** In the order of the schema, as the writer of the whole has them. */
function* fieldsOf(shape: Readonly<Record<string, z.ZodType>>, value: unknown): Generator<string> {
  let lead = "{";
  for (const [key, schema] of Object.entries(shape)) {
    const entry = (value as Readonly<Record<string, unknown>>)[key];
    if (entry === undefined) continue;
    yield `${lead}${JSON.stringify(key)}:`;
    yield* piecesOf(schema, entry);
    lead = ",";
  }
  yield lead === "{" ? "{}" : "}";
}

/** Long entries each by itself, short ones many at a time. */
function* entriesOf(schema: z.ZodArray, entries: readonly unknown[]): Generator<string> {
  const lead = (start: number): string => (start === 0 ? "[" : ",");
  if (hasLongEnd(entries)) {
    for (const [index, entry] of entries.entries()) {
      yield lead(index);
      yield* piecesOf(schema.element as z.ZodType, entry);
    }
  } else {
    const write = jsonWriterFor(schema);
    for (let start = 0; start < entries.length; start += longList) {
      yield lead(start) + write(entries.slice(start, start + longList)).slice(1, -1);
    }
  }
  yield "]";
}
