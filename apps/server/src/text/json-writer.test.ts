import { type AppRouteResponse, contract, isOtherResponse, liveFrames, rootContract, routesOf } from "@eca/contract";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { arbitraryOf, type JsonSchema } from "../../test/fuzz/json-schema-arbitrary.fixture.js";
import { isFloatText, numberTokensOf } from "../../test/number-tokens.fixture.js";
import { jsonWriterFor } from "./json-writer.js";

const isJson = (schema: AppRouteResponse): schema is z.ZodType =>
  typeof schema === "object" && !isOtherResponse(schema);

/** Each schema once, with the name of a route that replies with it. */
const replies = new Map<z.ZodType, string>(Object.entries(liveFrames).map(([name, schema]) => [schema, name]));
for (const [name, { responses }] of [...routesOf(contract), ...routesOf(rootContract)]) {
  for (const [status, schema] of Object.entries(responses)) {
    if (Number(status) < 300 && isJson(schema)) replies.set(schema, name);
  }
}

interface Described {
  readonly root: JsonSchema & { readonly format?: string };
  readonly components: Readonly<Record<string, JsonSchema>>;
}

function describeSchema(schema: z.ZodType): Described {
  const { $defs = {}, ...root } = z.toJSONSchema(schema, { io: "output", unrepresentable: "any" });
  return { root, components: $defs } as Described;
}

/** The paths of the floats, by the formats that the OpenAPI document names. */
function* floatPaths({ root, components }: Described, path: readonly string[] = []): Generator<string> {
  const { $ref, anyOf = [], items, properties = {}, format } = root;
  const at = (next: JsonSchema, ...keys: string[]) => floatPaths({ root: next, components }, [...path, ...keys]);
  if (format === "float" || format === "double") yield path.join(".");
  if ($ref !== undefined) yield* at(components[$ref.split("/").at(-1) ?? ""] ?? {});
  for (const choice of anyOf) yield* at(choice);
  if (items !== undefined) yield* at(items);
  for (const [key, property] of Object.entries(properties)) yield* at(property, key);
}

describe.each([...replies].map(([schema, name]) => ({ schema, name })))("the writer of $name", ({ schema }) => {
  it("writes what JSON.stringify does, floats with a point or an exponent and whole numbers without", () => {
    const described = describeSchema(schema);
    const floats = new Set(floatPaths(described));
    const values = arbitraryOf(described.root, { components: described.components, pools: {}, wanted: [] });
    fc.assert(
      fc.property(values, (value) => {
        const text = jsonWriterFor(schema)(value);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        for (const { path, text: number } of numberTokensOf(text)) {
          expect([path, number, isFloatText(number)]).toEqual([path, number, floats.has(path)]);
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe("jsonWriterFor", () => {
  const float = z.number().meta({ format: "double" });

  it("writes what stands beside floats as JSON.stringify does", () => {
    const write = jsonWriterFor(z.object({ float, other: z.unknown(), last: z.unknown() }));
    const other = fc.oneof(
      fc.string({ unit: "binary", maxLength: 2000 }),
      fc.string({ unit: fc.integer({ max: 0xffff }).map((unit) => String.fromCharCode(unit)) }),
      fc.jsonValue(),
      fc.constantFrom(undefined, -0, Number.NaN, Infinity),
    );
    fc.assert(
      fc.property(other, other, (first, last) => {
        const value = { float: 0.5, other: first, last };
        expect(write(value)).toBe(JSON.stringify(value));
      }),
      { numRuns: 1000 },
    );
  });

  it("leaves keys out that are undefined, in front too", () => {
    const write = jsonWriterFor(
      z.object({ first: float.optional(), second: z.string().optional(), nested: z.object({ float }) }),
    );
    expect(write({ nested: { float: 1 } })).toBe('{"nested":{"float":1.0}}');
    expect(write({ first: 2, nested: { float: 1 } })).toBe('{"first":2.0,"nested":{"float":1.0}}');
  });

  it("leaves keys out that the schema lacks", () => {
    expect(jsonWriterFor(z.object({ float }))({ more: 1, float: 1 })).toBe('{"float":1.0}');
  });

  it("refuses floats where it would not find them", () => {
    expect(() => jsonWriterFor(z.object({ either: z.union([z.object({ float }), z.string()]) }))).toThrow("union");
    expect(() => jsonWriterFor(z.record(z.string(), float))).toThrow("record");
  });
});
