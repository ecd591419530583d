import { describe, expect, it } from "vitest";
import { z } from "zod";
import { createFindUnknownFields, hintOf } from "./known-fields.js";

const moment = z.object({
  observed_at: z.string().optional(),
  observations: z.array(z.object({ module_id: z.string(), state: z.array(z.number()).nullable() })),
  positions: z.record(z.string(), z.number()).optional(),
  join: z.object({ on_observation: z.boolean() }).nullish(),
  either: z.union([z.object({ a: z.string() }), z.object({ b: z.object({ c: z.number() }) })]).optional(),
});
const find = createFindUnknownFields(moment);
const paths = (value: unknown) => find(value).map(({ path }) => path.join("."));

describe("createFindUnknownFields", () => {
  it("finds them at any depth", () => {
    const observations = [
      { module_id: "a", state: [1], moduleId: "x" },
      { module_id: "b", state: null, deep: { module_id: 1 } },
    ];
    expect(
      paths({
        observations,
        foo: [],
        positions: { any: 1 },
        join: { on: true },
        either: { a: "", b: { c: 1, d: 1 }, e: 1 },
      }),
    ).toEqual(["observations.0.moduleId", "observations.1.deep", "foo", "join.on", "either.b.d", "either.e"]);
  });

  it("finds none where the value is not what the schema asks for", () => {
    for (const value of [
      null,
      undefined,
      1,
      "text",
      [],
      [{ x: 1 }],
      { observations: 5 },
      { join: null, observations: {} },
    ]) {
      expect([value, paths(value)]).toEqual([value, []]);
    }
  });

  it("says which known field each may be meant for", () => {
    expect(find({ observedAt: "", observations: [{ modul_id: "a", State: [], y: 1 }] })).toEqual([
      { path: ["observedAt"], similar: "observed_at" },
      { path: ["observations", 0, "modul_id"], similar: "module_id" },
      { path: ["observations", 0, "State"], similar: "state" },
      { path: ["observations", 0, "y"], similar: undefined },
    ]);
  });

  it("stops where nobody reads on", () => {
    const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`f${index}`, 1]));
    expect(find(many)).toHaveLength(200);
    expect(find({ observations: Array.from({ length: 10_000 }, () => ({ x: 1 })) })).toHaveLength(200);
  });
});

describe("hintOf", () => {
  const value = { observedAt: "", observations: [{ modul_id: "a" }, { "module-id": "b", module_id: null }] };
  const unknown = find(value);

  it.each([
    [["observed_at"], '; there is "observedAt": did you mean observed_at?'],
    [["observations", 0, "module_id"], '; there is "modul_id": did you mean module_id?'],
    [["observations", 1, "module_id"], '; there is "module-id": did you mean module_id?'],
    [["observations", 2, "module_id"], ""],
    [["module_id"], ""],
    [["observations"], ""],
    [[], ""],
  ])("%j", (path, hint) => {
    expect(hintOf(unknown, value, path)).toBe(hint);
  });

  it("has nothing to say of a field that is there", () => {
    const both = { observedAt: "", observed_at: 5 };
    expect(hintOf(find(both), both, ["observed_at"])).toBe("");
  });
});
