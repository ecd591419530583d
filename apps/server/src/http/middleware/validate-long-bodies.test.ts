import { contract, routesOf } from "@eca/contract";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createTimeSlice } from "../../event-loop/time-slice.js";
import { type BodySchema, bodySchemaOf, validateInTurns } from "./validate-long-bodies.js";

/** The lists of all bodies of the contract. */
const lists = [...routesOf(contract)].flatMap(([name, route]) => {
  const schema = "body" in route ? bodySchemaOf(route.body) : undefined;
  return schema === undefined ? [] : [...schema.lists.keys()].map((key) => ({ name, key, schema }));
});

const atOnce = ({ whole }: BodySchema, body: object): unknown => whole["~standard"].validate(body);

describe("a body with long lists", () => {
  it("is one of states and of what else has lists", () => {
    const names = lists.map(({ name, key }) => `${name} ${key}`);
    expect(names).toEqual(
      expect.arrayContaining(["ess.create state", "ess.update aggregate_context", "ess.search state"]),
    );
  });

  it.each(lists)("is the same to its schema in pieces as at once: $name $key", async ({ key, schema }) => {
    const entry = fc.oneof(
      fc.double({ noNaN: true }),
      fc.integer(),
      fc.constantFrom(null, "a", "", ".", "\0", "\ud800", true, Number.NaN),
      fc.constant([]),
    );
    const isWrong = fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, fc.nat(6000));
    const other = fc.dictionary(fc.constantFrom(...Object.keys(schema.whole.shape)), entry, { maxKeys: 3 });
    await fc.assert(
      fc.asyncProperty(entry, isWrong, entry, other, async (usual, place, wrong, rest) => {
        const entries = Array.from({ length: 6001 }, (_, index) => (index === place ? wrong : usual));
        // An entry that is wrong in each place makes as many issues.
        if (place === undefined) entries.length = 2049;
        const body = { module_id: "m", valence: 1, ...rest, [key]: entries };
        expect(await validateInTurns(schema, body, createTimeSlice())).toEqual(atOnce(schema, body));
      }),
      { numRuns: 15 },
    );
  });

  it("is valid where each of its lists is", async () => {
    const { schema } = lists.find(({ name }) => name === "ess.create") ?? {};
    if (schema === undefined) throw new Error("the contract has no body of ess.create");
    const each = (value: unknown) => Array.from({ length: 5000 }, () => value);
    const body = {
      module_id: "m",
      state: Array.from({ length: 65_536 }, (_, index) => index / 3),
      aggregate_id: each(1),
      aggregate_module_id: each("part"),
      aggregate_context: Array.from({ length: 5000 }, (_, index) => (index % 2 === 0 ? null : "\u4e16")),
      unknown: each(1),
    };
    const verdict = await validateInTurns(schema, body, createTimeSlice());
    expect(verdict).toEqual(atOnce(schema, body));
    expect(verdict).toHaveProperty("value.state.length", 65_536);
  });
});
