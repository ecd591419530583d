import fc from "fast-check";

/** As far as the OpenAPI document makes use of it. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

export interface ArbitraryOptions {
  readonly components: Readonly<Record<string, JsonSchema>>;
  /**
   * Values that mean something to the server, by the name of the field, with `[]` behind that of a list; most
   * fields of that name take one.
   */
  readonly pools: Readonly<Record<string, fc.Arbitrary<unknown>>>;
  /** Fields that may be absent, and without which few requests are right. */
  readonly wanted: readonly string[];
}

/** Values that a schema lets through; such that the server may know, where there is a pool of them. */
export function arbitraryOf(schema: JsonSchema, options: ArbitraryOptions, field = ""): fc.Arbitrary<unknown> {
  const { components, pools } = options;
  if (schema.$ref !== undefined) {
    return arbitraryOf(components[schema.$ref.split("/").at(-1) ?? ""] ?? {}, options, field);
  }
  const any = anyOf(schema, options, field);
  const pool = pools[isList(schema) ? `${field}[]` : field];
  return pool === undefined ? any : fc.oneof({ weight: 12, arbitrary: pool }, { weight: 1, arbitrary: any });
}

function isList({ type, anyOf = [] }: JsonSchema): boolean {
  return type === "array" || anyOf.some(isList);
}

function anyOf(schema: JsonSchema, options: ArbitraryOptions, field: string): fc.Arbitrary<unknown> {
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return fc.oneof(...choices.map((choice) => arbitraryOf(choice, options, field)));
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (Array.isArray(schema.type)) {
    return fc.oneof(...schema.type.map((type: string) => anyOf({ ...schema, type }, options, field)));
  }
  switch (schema.type) {
    case "object":
      return objectOf(schema, options);
    case "array":
      return fc.array(arbitraryOf(schema.items ?? {}, options), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? 4, 4),
      });
    case "string":
      return textOf(schema);
    case "integer":
      return fc.integer({ min: schema.minimum ?? -5, max: Math.min(schema.maximum ?? 1000, 1000) });
    case "number":
      return fc.oneof(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), fc.integer({ min: -90, max: 90 }));
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    default:
      throw new Error(`no values are known for a schema of type ${String(schema.type)}`);
  }
}

function objectOf(schema: JsonSchema, options: ArbitraryOptions): fc.Arbitrary<object> {
  const fields = Object.entries(schema.properties ?? {}).map(
    ([name, property]) => [name, arbitraryOf(property, options, name)] as const,
  );
  return recordOf(Object.fromEntries(fields), [...(schema.required ?? []), ...options.wanted]);
}

/** Objects with all the fields that are required, and now and then one of the others: each narrows what is right. */
export function recordOf(
  fields: Readonly<Record<string, fc.Arbitrary<unknown>>>,
  required: readonly string[],
): fc.Arbitrary<Record<string, unknown>> {
  const absent = { weight: 4, arbitrary: fc.constant(undefined) };
  const mixed = Object.entries(fields).map(
    ([name, value]) =>
      [name, required.includes(name) ? value : fc.oneof(absent, { weight: 1, arbitrary: value })] as const,
  );
  return fc
    .record(Object.fromEntries(mixed))
    .map((record) => Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)));
}

/** The pattern of texts of any characters but NUL. */
const anyText = String.raw`^[^\u0000]*$`;

/** Texts of any characters that the wire takes: no NUL, no lone surrogate. */
function textOf({ pattern, minLength = 0, maxLength = 40 }: JsonSchema): fc.Arbitrary<string> {
  const lengths = { minLength, maxLength: Math.max(minLength, Math.min(maxLength, 40) >> 1) };
  // Classes of characters by their properties are too many to be walked through.
  if (pattern?.includes(String.raw`\p{`)) {
    const fits = new RegExp(pattern, "u");
    return fc.string({ ...lengths, unit: "grapheme" }).filter((text) => fits.test(text) && text === text.trim());
  }
  if (pattern !== undefined && pattern !== anyText) {
    return fc.stringMatching(new RegExp(pattern, "u")).filter((text) => text.length <= maxLength);
  }
  return fc.string({ ...lengths, unit: "binary" }).map((text) => text.replaceAll("\0", "0"));
}

/** What no schema expects: each is of another type, or at the edge of its own. */
export const strangeValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    0,
    -0,
    -1,
    0.5,
    1e300,
    2 ** 31,
    2 ** 53,
    -(2 ** 53),
    "",
    " ",
    "\0",
    "\ud800",
    "x".repeat(5000),
    "__proto__",
    "-1",
    "1",
    "null",
    [],
    [[]],
    {},
    { length: 1 },
    Array.from({ length: 200 }, () => 1),
  ),
  fc.jsonValue({ maxDepth: 3 }),
  fc.string({ unit: "binary" }),
);

/** A value with one thing changed: a part of it replaced, taken away, or added to. */
export function changed(value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.tuple(value, fc.nat(), strangeValue, fc.constantFrom("replace", "remove", "add")).map(change);
}

type Change = "replace" | "remove" | "add";

function change([value, at, strange, kind]: [unknown, number, unknown, Change]): unknown {
  const places = placesOf(value);
  const path = places[at % places.length] ?? [];
  const copy = structuredClone({ value });
  let parent: Record<string, unknown> = copy;
  let key = "value";
  for (const step of path) {
    parent = parent[key] as Record<string, unknown>;
    key = step;
  }
  if (kind === "replace") parent[key] = strange;
  else if (kind === "remove") Reflect.deleteProperty(parent, key);
  else addTo(parent[key], strange);
  return copy.value;
}

function addTo(part: unknown, strange: unknown): void {
  if (Array.isArray(part)) part.push(strange);
  else if (typeof part === "object" && part !== null) Object.assign(part, { extra: strange });
}

/** The paths of all parts of a value, its own first. */
function placesOf(value: unknown): string[][] {
  if (typeof value !== "object" || value === null) return [[]];
  return [[], ...Object.entries(value).flatMap(([key, part]) => placesOf(part).map((path) => [key, ...path]))];
}
