import { type AppRoute, contract, moduleKey, routesOf } from "@eca/contract";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { namedModulesOf } from "./named-modules.js";

const module = z.string().meta({ [moduleKey]: true });

function namedIn(schema: z.ZodType, body: unknown) {
  const route: AppRoute = { method: "POST", path: "/x", body: schema, responses: {} };
  return namedModulesOf(route)({ params: {}, query: {}, body });
}

/** What stands at a pointer (RFC 6901); the name of a field where it ends in one. */
function at(body: unknown, pointer: string): unknown {
  const path = pointer
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
  return path.reduce((value, part) => (value as Record<string, unknown>)[part], body);
}

describe("the modules that a request names", () => {
  it.each([
    ["a field", z.object({ module_id: module, other: z.string() }), { module_id: "a", other: "x" }, ["a"]],
    ["a list", z.object({ ids: z.array(module) }), { ids: ["a", "b"] }, ["a", "b"]],
    [
      "objects in a list",
      z.object({ rows: z.array(z.object({ m: module, n: z.string() })) }),
      { rows: [{ m: "a", n: "x" }, { m: "b" }] },
      ["a", "b"],
    ],
    ["what may be absent", z.object({ m: module.nullish(), n: module.optional() }), { m: null }, []],
    ["what has a default", z.object({ m: module.nullish().transform((given) => given ?? "d") }), { m: "a" }, ["a"]],
    [
      "one of several forms",
      z.object({ m: z.union([module, z.array(module), z.object({ in: module })]) }),
      { m: { in: "a" } },
      ["a"],
    ],
    [
      "forms told apart by a field",
      z.discriminatedUnion("t", [z.object({ t: z.literal(1), m: module }), z.object({ t: z.literal(2) })]),
      { t: 1, m: "a" },
      ["a"],
    ],
    [
      "an intersection",
      z.intersection(z.object({ m: module }), z.object({ n: module })),
      { m: "a", n: "b" },
      ["a", "b"],
    ],
    ["the values of a record", z.object({ by: z.record(z.string(), module) }), { by: { x: "a", y: "b" } }, ["a", "b"]],
    [
      "the names of a record",
      z.object({ weights: z.record(module, z.number()) }),
      { weights: { a: 1, b: 2 } },
      ["a", "b"],
    ],
    ["a tuple", z.object({ pair: z.tuple([z.string(), module]) }), { pair: ["x", "a"] }, ["a"]],
    ["the body itself", z.array(module), ["a"], ["a"]],
    ["what is named", z.object({ m: module.meta({ id: "Named" }) }), { m: "a" }, ["a"]],
  ] as const)("are found in %s", (_name, schema, body, expected) => {
    const found = namedIn(schema, body);
    expect(found.map(({ moduleId }) => moduleId)).toEqual(expected);
  });

  it("are found in a schema that refers to itself", () => {
    const tree: z.ZodType = z.lazy(() => z.object({ m: module, parts: z.array(tree).optional() })).meta({ id: "Tree" });
    const found = namedIn(tree, { m: "a", parts: [{ m: "b", parts: [{ m: "c" }] }, { m: "d" }] });
    expect(found.map(({ moduleId }) => moduleId).toSorted()).toEqual(["a", "b", "c", "d"]);
    expect(found.map(({ pointer }) => pointer)).toContain("/parts/0/parts/0/m");
  });

  it("are found in path and query, which have no pointers", () => {
    const route: AppRoute = {
      method: "GET",
      path: "/x/:module_id",
      pathParams: z.object({ module_id: module }),
      query: z.object({ also: z.union([module, z.array(module)]).optional() }),
      responses: {},
    };
    const find = namedModulesOf(route);
    expect(find({ params: { module_id: "a" }, query: { also: ["b", "c"] }, body: undefined })).toEqual([
      { moduleId: "a" },
      { moduleId: "b" },
      { moduleId: "c" },
    ]);
    expect(find({ params: { module_id: "a" }, query: { also: "b" }, body: null })).toHaveLength(2);
  });

  it("are none of a value that is not what the schema says", () => {
    const schema = z.object({ m: module, ids: z.array(module), by: z.record(z.string(), module) });
    for (const body of [undefined, null, 7, "a", [], { m: 7, ids: "a", by: ["a"] }, { ids: { 0: "a" }, by: null }]) {
      expect(namedIn(schema, body)).toEqual([]);
    }
  });

  it("stand where their pointers say, whatever the names are", () => {
    const schema = z.object({ by: z.record(z.string(), z.array(z.object({ m: module }))) });
    const name = fc.string({ maxLength: 5, unit: fc.constantFrom("a", "/", "~", "0", "1") });
    const rows = fc.array(fc.record({ m: name }), { maxLength: 3 });
    fc.assert(
      fc.property(fc.dictionary(name, rows), (by) => {
        const found = namedIn(schema, { by });
        expect(found).toHaveLength(Object.values(by).flat().length);
        for (const { moduleId, pointer } of found) expect(at({ by }, pointer!)).toBe(moduleId);
      }),
    );
  });

  it("are those of the contract", () => {
    const create = [...routesOf(contract)].find(([route]) => route === "ess.create")![1];
    const body = { module_id: "room", aggregate_module_id: ["a", "b"], context: "x" };
    expect(namedModulesOf(create)({ params: {}, query: {}, body })).toEqual([
      { moduleId: "room", pointer: "/module_id" },
      { moduleId: "a", pointer: "/aggregate_module_id/0" },
      { moduleId: "b", pointer: "/aggregate_module_id/1" },
    ]);
    const key = [...routesOf(contract)].find(([route]) => route === "key.create")![1];
    expect(namedModulesOf(key)({ params: {}, query: {}, body: { modules: ["a"] } })).toEqual([]);
  });
});
