import { z } from "zod";
import type { TimeSlice } from "../event-loop/time-slice.js";
import { jsonWriterFor } from "./json-writer.js";

/** What takes about a millisecond to write, in numbers of a list; so many characters of a text take as long as one. */
const longWeight = 4096;
const charactersPerNumber = 16;
/** What an object takes beside its values, in numbers: its keys are written, and all of it is checked. */
const perObject = 8;

/** Whether a value takes long to write. Of a list its ends stand for all. */
export function isLong(value: unknown): boolean {
  return weigh(value) > longWeight;
}

function weigh(value: unknown): number {
  if (typeof value === "string") return value.length / charactersPerNumber;
  if (typeof value !== "object" || value === null) return 1;
  if (Array.isArray(value)) return value.length * weighEntry(value);
  let weight = perObject;
  for (const key in value) weight += weigh((value as Readonly<Record<string, unknown>>)[key]);
  return weight;
}

/** About what an entry of a list weighs, at least 1. */
function weighEntry(entries: readonly unknown[]): number {
  if (entries.length === 0) return 1;
  const first = weigh(entries[0]);
  return Math.max(1, entries.length === 1 ? first : (first + weigh(entries.at(-1))) / 2);
}

/** How a value is written whose pieces are written one by one. */
interface PieceOptions {
  /** Checks each piece against its schema. */
  readonly isChecked: boolean;
}

/**
 * What the writer of a schema makes of a value, where that is long field by field and list by list: others have their
 * turn in between.
 */
export async function writeInTurns(schema: z.ZodType, value: unknown, timeSlice: TimeSlice): Promise<string> {
  let text = "";
  for await (const piece of writtenPieces(schema, value, timeSlice, { isChecked: false })) text += piece;
  return text;
}

/**
 * The same of a value that is checked against its schema, as pieces of text of some 64 KiB.
 *
 * @throws ZodError where it is not what the schema says.
 */
export async function* checkedPieces(schema: z.ZodType, value: unknown, timeSlice: TimeSlice): AsyncGenerator<string> {
  let text = "";
  for await (const piece of writtenPieces(schema, value, timeSlice, { isChecked: true })) {
    text += piece;
    if (text.length < pieceLength) continue;
    yield text;
    text = "";
  }
  yield text;
}

const pieceLength = 2 ** 16;

async function* writtenPieces(
  schema: z.ZodType,
  value: unknown,
  timeSlice: TimeSlice,
  options: PieceOptions,
): AsyncGenerator<string> {
  for (const piece of piecesOf(schema, value, options)) {
    yield piece;
    if (timeSlice.isOver) await timeSlice.next();
  }
}

/** Writes a value as JSON, at once unless it is long. */
export type TurnWriter = (value: unknown) => string | Promise<string>;

/** The writer of a schema for values of any length. */
export function turnWriterFor(schema: z.ZodType, timeSlice: TimeSlice): TurnWriter {
  const write = jsonWriterFor(schema);
  return (value) => (isLong(value) ? writeInTurns(schema, value, timeSlice) : write(value));
}

function* piecesOf(schema: z.ZodType, value: unknown, options: PieceOptions): Generator<string> {
  if (!isLong(value)) yield write(schema, value, options);
  else if (typeof value === "string") yield* textPieces(schema, value, options);
  else if (schema instanceof z.ZodObject) yield* fieldsOf(schema.shape, value, options);
  else if (schema instanceof z.ZodNullable) yield* piecesOf(schema.unwrap() as z.ZodType, value, options);
  else if (schema instanceof z.ZodArray && Array.isArray(value)) yield* entriesOf(schema, value, options);
  else yield write(schema, value, options);
}

/** Characters of a text that are written at once. */
const textLength = 2 ** 17;

/** What is a text at all is written as one, whatever else its schema says. */
function* textPieces(schema: z.ZodType, text: string, { isChecked }: PieceOptions): Generator<string> {
  if (isChecked) schema.parse(text);
  let lead = '"';
  for (let start = 0, end = 0; start < text.length; start = end) {
    end = Math.min(text.length, start + textLength);
    // A pair of surrogates is one character: by itself, either half is written as an escape.
    if (end < text.length && isHighSurrogate(text.charCodeAt(end - 1))) end += 1;
    yield lead + JSON.stringify(text.slice(start, end)).slice(1, -1);
    lead = "";
  }
  yield '"';
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function write(schema: z.ZodType, value: unknown, { isChecked }: PieceOptions): string {
  return jsonWriterFor(schema)(isChecked ? schema.parse(value) : value);
}

/** In the order of the schema, as the writer of the whole has them. */
function* fieldsOf(
  shape: Readonly<Record<string, z.ZodType>>,
  value: unknown,
  options: PieceOptions,
): Generator<string> {
  let lead = "{";
  for (const [key, schema] of Object.entries(shape)) {
    const entry = (value as Readonly<Record<string, unknown>>)[key];
    if (entry === undefined) {
      if (options.isChecked) schema.parse(entry);
      continue;
    }
    yield `${lead}${JSON.stringify(key)}:`;
    yield* piecesOf(schema, entry, options);
    lead = ",";
  }
  yield lead === "{" ? "{}" : "}";
}

/** Long entries each by itself, short ones as many at a time as are long together. */
function* entriesOf(schema: z.ZodArray, entries: readonly unknown[], options: PieceOptions): Generator<string> {
  const count = Math.floor(longWeight / weighEntry(entries));
  for (let start = 0; start < entries.length; start += Math.max(1, count)) {
    yield start === 0 ? "[" : ",";
    if (count > 1) yield write(schema, entries.slice(start, start + count), options).slice(1, -1);
    else yield* piecesOf(schema.element as z.ZodType, entries[start], options);
  }
  yield "]";
}
