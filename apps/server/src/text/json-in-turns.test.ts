import { contract, rootContract, routesOf } from "@eca/contract";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { arbitraryOf, type JsonSchema } from "../../test/fuzz/json-schema-arbitrary.fixture.js";
import { createTimeSlice } from "../event-loop/time-slice.js";
import { isLong, writeInTurns } from "./json-in-turns.js";
import { jsonWriterFor } from "./json-writer.js";

const float = z.number().meta({ format: "double" });
const row = z.object({
  text: z.string(),
  numbers: z.array(float),
  absent: z.string().optional(),
  texts: z.array(z.string().nullable()).nullable(),
  rows: z.array(z.object({ list: z.array(z.object({ id: z.int(), state: z.array(float) })) })),
});

describe("writeInTurns", () => {
  it("writes what the writer of the schema does, of long rows too", async () => {
    const length = fc.constantFrom(0, 1, 4096, 4097, 9000);
    const values = fc.record({
      text: fc.tuple(fc.string(), fc.constantFrom(0, 70_000)).map(([text, more]) => text + '"'.repeat(more)),
      numbers: length.map((count) => Array.from({ length: count }, (_, index) => index / 8 - 3)),
      texts: fc.option(
        length.map((count) => Array.from({ length: count }, (_, index) => (index % 3 === 0 ? null : `${index}"`))),
      ),
      rows: fc.array(
        fc.record({
          list: fc.tuple(length, length).map(([twins, numbers]) => {
            const state = Array.from({ length: twins > 4096 ? 2 : numbers }, (_, index) => index);
            return Array.from({ length: Math.min(twins, numbers > 4096 ? 2 : twins) }, (_, id) => ({ id, state }));
          }),
        }),
        { maxLength: 2 },
      ),
    });
    const timeSlice = createTimeSlice();
    await fc.assert(
      fc.asyncProperty(values, async (value) => {
        expect(await writeInTurns(row, value, timeSlice)).toBe(jsonWriterFor(row)(value));
      }),
      { numRuns: 40 },
    );
  });

  it.each([0, 1, 2, 3])("cuts no character of a long text in two, %i units from its beginning", async (offset) => {
    const schema = z.object({ text: z.string() });
    const part = '\u{1f600}"\\\u0001\ud800 ';
    const value = { text: ["x".repeat(offset), part.repeat(100_000), "\ud83d"].join("") };
    expect(await writeInTurns(schema, value, createTimeSlice())).toBe(JSON.stringify(value));
  });

  it("writes the replies of every route as their writer does", async () => {
    const timeSlice = createTimeSlice();
    for (const [, { responses }] of [...routesOf(contract), ...routesOf(rootContract)]) {
      const schema = responses[200] ?? responses[201];
      if (!(schema instanceof z.ZodType)) continue;
      const { $defs = {}, ...root } = z.toJSONSchema(schema, { io: "output", unrepresentable: "any" });
      const components = $defs as Readonly<Record<string, JsonSchema>>;
      const values = arbitraryOf(root as JsonSchema, { components, pools: {}, wanted: [] });
      for (const value of fc.sample(values, { numRuns: 5, seed: 7 })) {
        expect(await writeInTurns(schema, value, timeSlice)).toBe(jsonWriterFor(schema)(value));
      }
    }
  });

  it("lets others have their turn while a long state is written", async () => {
    let time = 0;
    // Each look at the clock finds the slice over.
    const timeSlice = createTimeSlice(() => (time += 100));
    let turns = 0;
    let isOver = false;
    const count = (): void => {
      turns += 1;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    const state = Array.from({ length: 65_536 }, (_, index) => index);
    await writeInTurns(z.object({ state: z.array(float) }), { state }, timeSlice);
    isOver = true;
    expect(turns).toBeGreaterThan(10);
  });
});

describe("isLong", () => {
  it.each([
    ["a long text", { a: 1, b: "x".repeat(70_000) }],
    ["a long list", { a: Array.from({ length: 5000 }, () => 1) }],
    ["a long list within", { score: 1, ess: { state: Array.from({ length: 5000 }, () => 1) } }],
    ["a long list within the first entry of a list", { list: [{ state: Array.from({ length: 5000 }, () => 1) }] }],
  ])("finds %s", (_name, value) => expect(isLong(value)).toBe(true));

  it("finds none in a row of the usual size", () => {
    expect(isLong({ id: 1, state: [1, 2], context: "noon", texts: [], none: null })).toBe(false);
  });
});
