import { floatFormats, isFloat } from "@eca/contract";
import { z } from "zod";
import { JsonBuilder } from "./json-builder.js";

/** Writes a value as JSON. */
export type JsonWriter = (value: unknown) => string;

const writers = new WeakMap<z.ZodType, JsonWriter>();

/**
 * What writes the values of a schema: floats with a point or an exponent, all else as `JSON.stringify` does. Of
 * objects with floats in them it writes the keys that the schema has, in its order. It is made once for each schema.
 *
 * @throws Error where floats stand in a kind of schema that no reply has had so far.
 */
export function jsonWriterFor(schema: z.ZodType): JsonWriter {
  let writer = writers.get(schema);
  if (writer === undefined) {
    writer = createWriter(schema);
    writers.set(schema, writer);
  }
  return writer;
}

function createWriter(schema: z.ZodType): JsonWriter {
  const put = putterOf(schema);
  if (put === undefined) return JSON.stringify;
  return (value) => {
    // Of one that failed on its way, something may be left.
    builder.clear();
    put(value);
    return builder.take();
  };
}

/** One for all writers: none is begun before another has ended. */
const builder = new JsonBuilder();

/** Puts a value into the builder. */
type Putter = (value: unknown) => void;

const putFloat = (value: unknown): void => builder.putFloat(value as number);
const putFloats = (value: unknown): void => builder.putFloats(value as readonly number[]);

/** Undefined where a schema holds no floats. */
function putterOf(schema: z.ZodType): Putter | undefined {
  if (isFloat(schema)) return putFloat;
  if (schema instanceof z.ZodObject) return objectPutter(schema.shape);
  if (schema instanceof z.ZodArray) return listPutter(schema.element as z.ZodType);
  if (schema instanceof z.ZodNullable) return nullablePutter(schema.unwrap() as z.ZodType);
  // What is undefined is left out by the object around it.
  if (schema instanceof z.ZodOptional) return putterOf(schema.unwrap() as z.ZodType);
  if (holdsFloats(schema)) throw new Error(`floats within a schema of type ${schema.type} cannot be written yet`);
  return undefined;
}

function holdsFloats(schema: z.ZodType): boolean {
  const described = JSON.stringify(z.toJSONSchema(schema, { io: "output", unrepresentable: "any" }));
  return floatFormats.some((format) => described.includes(`"format":"${format}"`));
}

function nullablePutter(schema: z.ZodType): Putter | undefined {
  const put = putterOf(schema);
  return put && ((value) => (value === null ? builder.putBytes(nullBytes) : put(value)));
}

function listPutter(element: z.ZodType): Putter | undefined {
  if (isFloat(element)) return putFloats;
  const put = putterOf(element);
  if (put === undefined) return undefined;
  return (value) => {
    let lead = open;
    for (const entry of value as readonly unknown[]) {
      builder.putBytes(lead);
      lead = comma;
      put(entry);
    }
    builder.putBytes(lead === open ? emptyList : close);
  };
}

function objectPutter(shape: Readonly<Record<string, z.ZodType>>): Putter | undefined {
  const keys = Object.keys(shape);
  const putters = Object.values(shape).map(putterOf);
  if (putters.every((put) => put === undefined)) return undefined;
  const first = keys.map((key) => Buffer.from(`{${JSON.stringify(key)}:`));
  const further = keys.map((key) => Buffer.from(`,${JSON.stringify(key)}:`));
  return (value) => {
    const row = value as Readonly<Record<string, unknown>>;
    let names = first;
    for (let index = 0; index < keys.length; index++) {
      const entry = row[keys[index] as string];
      if (entry === undefined) continue;
      builder.putBytes(names[index] as Uint8Array);
      names = further;
      const put = putters[index];
      // Most fields are plain: to call one function for all of those is faster than one of their own for each.
      if (put === undefined) putPlain(entry);
      else put(entry);
    }
    builder.putBytes(names === first ? emptyObject : end);
  };
}

const nullBytes = Buffer.from("null");
const open = Buffer.from("[");
const comma = Buffer.from(",");
const close = Buffer.from("]");
const emptyList = Buffer.from("[]");
const end = Buffer.from("}");
const emptyObject = Buffer.from("{}");

/** As `JSON.stringify` does, and faster for what rows are made of. */
function putPlain(value: unknown): void {
  if (value === null) builder.putBytes(nullBytes);
  else if (typeof value === "string") builder.putString(value);
  else if (typeof value === "number") builder.putNumber(value);
  else if (Array.isArray(value)) putPlainList(value);
  else builder.putJson(JSON.stringify(value));
}

function putPlainList(entries: readonly unknown[]): void {
  if (entries.length === 0) {
    builder.putBytes(emptyList);
    return;
  }
  for (let index = 0; index < entries.length; index++) {
    builder.putBytes(index === 0 ? open : comma);
    putPlain(entries[index] ?? null);
  }
  builder.putBytes(close);
}
