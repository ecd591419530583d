import { z } from "zod";
import { similarName } from "../text/similar-name.js";

/** A field that no schema names. */
export interface UnknownField {
  /** The keys and indices that lead to it. */
  readonly path: readonly (string | number)[];
  /** The field beside it that it may be meant for. */
  readonly similar: string | undefined;
}

/** What a schema names of a value: the fields of an object, or those of each entry of a list. */
interface KnownFields {
  /** Undefined where any field may be there. */
  readonly properties?: ReadonlyMap<string, KnownFields | undefined>;
  readonly entries?: KnownFields | undefined;
}

/** Finds the fields of a value that a schema does not name, at any depth, up to `maxFound` of them. */
export type FindUnknownFields = (value: unknown) => readonly UnknownField[];

/** More than anybody reads. A hostile body has as many fields as its size limit allows. */
const maxFound = 200;

/** @param schema What it lets through of further fields is left out, as zod's objects do. */
export function createFindUnknownFields(schema: z.ZodType): FindUnknownFields {
  const { $defs = {}, ...root } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  const known = compile(root, $defs);
  return (value) => {
    const found: UnknownField[] = [];
    collect(value, known, [], found);
    return found;
  };
}

type JsonSchema = z.core.JSONSchema.JSONSchema;

function compile(schema: JsonSchema, named: Readonly<Record<string, JsonSchema>>): KnownFields | undefined {
  if (schema.$ref !== undefined) return compile(named[schema.$ref.replace("#/$defs/", "")] ?? {}, named);
  if (schema.anyOf !== undefined) return merge(schema.anyOf.map((option) => compile(option, named)));
  if (schema.items !== undefined) return { entries: compile(schema.items as JsonSchema, named) };
  // Where fields of any name are taken, none is unknown; those of theirs are not looked at.
  if (schema.properties === undefined || typeof schema.additionalProperties === "object") return undefined;
  const properties = Object.entries(schema.properties).map(
    ([name, property]) => [name, compile(property as JsonSchema, named)] as const,
  );
  return { properties: new Map(properties) };
}

/** What any of some alternatives names. */
function merge(alternatives: readonly (KnownFields | undefined)[]): KnownFields | undefined {
  const known = alternatives.filter((alternative) => alternative !== undefined);
  if (known.length <= 1) return known[0];
  const names = known.flatMap(({ properties }) => [...(properties?.keys() ?? [])]);
  const entries = merge(known.map((alternative) => alternative.entries));
  if (names.length === 0) return { entries };
  const properties = new Map(names.map((name) => [name, merge(known.map((each) => each.properties?.get(name)))]));
  return { properties, entries };
}

function collect(
  value: unknown,
  known: KnownFields | undefined,
  path: readonly (string | number)[],
  found: UnknownField[],
): void {
  if (known === undefined || typeof value !== "object" || value === null || found.length >= maxFound) return;
  if (Array.isArray(value)) {
    if (known.entries === undefined) return;
    for (const [index, entry] of value.entries()) collect(entry, known.entries, [...path, index], found);
    return;
  }
  const { properties } = known;
  if (properties === undefined) return;
  for (const name of Object.keys(value)) {
    if (!properties.has(name)) {
      if (found.length < maxFound) found.push({ path: [...path, name], similar: similarName(name, properties.keys()) });
      continue;
    }
    const nested = properties.get(name);
    if (nested !== undefined) collect((value as Record<string, unknown>)[name], nested, [...path, name], found);
  }
}

/**
 * What to add to the text of a field that is missing or null, where the caller may have sent it under another name; empty
 * where it is there, or has no such name.
 *
 * @param value What the unknown fields were found in.
 * @param path Leads to the field.
 */
export function hintOf(unknown: readonly UnknownField[], value: unknown, path: readonly PropertyKey[]): string {
  const name = path.at(-1);
  const parent = path.slice(0, -1).map(String);
  const isBeside = (other: UnknownField["path"]): boolean =>
    other.length === path.length && parent.every((key, index) => key === String(other[index]));
  const sent = unknown.find((field) => field.similar === name && isBeside(field.path));
  if (sent === undefined || isThere(value, path)) return "";
  return `; there is ${JSON.stringify(sent.path.at(-1))}: did you mean ${String(name)}?`;
}

function isThere(value: unknown, path: readonly PropertyKey[]): boolean {
  let found = value;
  for (const key of path) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, key)) return false;
    found = (found as Record<PropertyKey, unknown>)[key];
  }
  return found !== null && found !== undefined;
}
