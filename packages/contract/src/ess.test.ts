import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ess, essInsert, essUpdate, prettyEss, search } from "./ess.js";

const plain = { module_id: "ac", state: [25.3], valence: 90 };
const row = {
  ...essInsert.parse(plain),
  id: 1,
  created_at: "2023-08-09T19:48:19.232732Z",
  updated_at: "2023-08-09T19:48:19.232732Z",
};

describe.each([
  ["essInsert", essInsert],
  ["essUpdate", essUpdate],
])("%s", (_name, schema) => {
  it("fills in every field that was left out", () => {
    expect(schema.parse(plain)).toEqual({
      module_id: "ac",
      state: [25.3],
      valence: 90,
      score: 0,
      avg_ess_valence: 0,
      avg_ess_score: 0,
      total_ess_score: 0,
      embedding_input: null,
      context: null,
      aggregate_id: [],
      aggregate_module_id: [],
      aggregate_shape: [],
      aggregate_valence: [],
      aggregate_score: [],
      aggregate_context: [],
      aggregate_emb_inp: [],
    });
  });

  it("takes an explicit null for every optional field", () => {
    const optional = Object.keys(schema.shape).filter((key) => !(key in plain));
    expect(optional).toHaveLength(13);
    const nulls = Object.fromEntries(optional.map((key) => [key, null]));
    expect(schema.parse({ ...plain, ...nulls })).toEqual(schema.parse(plain));
  });

  it("needs module_id and state, and no null for them", () => {
    for (const key of ["module_id", "state"]) {
      expect([key, schema.safeParse({ ...plain, [key]: undefined }).success]).toEqual([key, false]);
      expect([key, schema.safeParse({ ...plain, [key]: null }).success]).toEqual([key, false]);
    }
  });

  it("lets a valence be null or absent, and keeps the two apart for the server to decide", () => {
    const { valence: _, ...without } = plain;
    expect(schema.parse(without).valence).toBeUndefined();
    expect(schema.parse({ ...plain, valence: null }).valence).toBeNull();
    expect(schema.safeParse({ ...plain, valence: "90" }).success).toBe(false);
  });

  it("strips unknown keys, those with a meaning in JavaScript too", () => {
    const sent: unknown = JSON.parse(
      '{"module_id":"ac","state":[1],"valence":0,"novel":1,"__proto__":{"score":9},"constructor":1}',
    );
    const parsed = schema.parse(sent);
    expect(Object.keys(parsed)).toHaveLength(16);
    expect(parsed.score).toBe(0);
    expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>)["score"]).toBeUndefined();
  });

  it("takes integers for floats and whole floats for integers", () => {
    const parsed = schema.parse(JSON.parse('{"module_id":"ac","state":[11],"valence":10,"score":5.0}'));
    expect(parsed).toMatchObject({ state: [11], valence: 10, score: 5 });
    expect(schema.safeParse({ ...plain, score: 5.5 }).success).toBe(false);
  });

  it("refuses what is no finite number", () => {
    expect(schema.safeParse({ ...plain, state: [null] }).success).toBe(false);
    for (const value of [Number.NaN, Infinity, -Infinity, JSON.parse("1e400") as number, "1", true, [1]]) {
      expect([String(value), schema.safeParse({ ...plain, state: [value] }).success]).toEqual([String(value), false]);
      expect([String(value), schema.safeParse({ ...plain, valence: value }).success]).toEqual([String(value), false]);
    }
  });

  it("refuses texts that a store would change", () => {
    for (const bad of ["a\0", "\uD800"]) {
      expect(schema.safeParse({ ...plain, module_id: bad }).success).toBe(false);
      expect(schema.safeParse({ ...plain, context: bad }).success).toBe(false);
      expect(schema.safeParse({ ...plain, aggregate_context: [bad] }).success).toBe(false);
    }
    expect(schema.safeParse({ ...plain, module_id: "" }).success).toBe(false);
  });

  it("takes the minimal aggregate: ids and modules, an empty state", () => {
    const parsed = schema.parse({
      module_id: "room",
      state: [],
      valence: 0,
      aggregate_id: [1, 2],
      aggregate_module_id: ["ac", "fan"],
      aggregate_context: null,
      aggregate_emb_inp: [null, 3],
    });
    expect(parsed).toMatchObject({ aggregate_id: [1, 2], aggregate_context: [], aggregate_emb_inp: [null, 3] });
  });

  it("takes any finite state unchanged, and a long one", () => {
    const state = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }));
    fc.assert(
      fc.property(state, (numbers) => {
        expect(schema.parse({ ...plain, state: numbers }).state).toEqual(numbers);
      }),
    );
    expect(schema.parse({ ...plain, state: Array.from({ length: 10_800 }, () => 0.5) }).state).toHaveLength(10_800);
  });
});

describe("ess", () => {
  it("has exactly its 19 keys", () => {
    expect(Object.keys(ess.shape).toSorted()).toEqual([
      "aggregate_context",
      "aggregate_emb_inp",
      "aggregate_id",
      "aggregate_module_id",
      "aggregate_score",
      "aggregate_shape",
      "aggregate_valence",
      "avg_ess_score",
      "avg_ess_valence",
      "context",
      "created_at",
      "embedding_input",
      "id",
      "module_id",
      "score",
      "state",
      "total_ess_score",
      "updated_at",
      "valence",
    ]);
  });

  it("needs each of them and lets no other out", () => {
    expect(Object.keys(ess.parse({ ...row, revision: 7 }))).not.toContain("revision");
    for (const key of Object.keys(row)) {
      expect([key, ess.safeParse({ ...row, [key]: undefined }).success]).toEqual([key, false]);
    }
  });
});

describe("prettyEss", () => {
  it("adds two keys to an ess, and has its state as texts", () => {
    const added = Object.keys(prettyEss.shape).filter((key) => !(key in ess.shape));
    expect(added.toSorted()).toEqual(["state_float", "state_str"]);
    const pretty = { ...row, state: null, state_str: "warm", state_float: null };
    expect(prettyEss.parse(pretty)).toEqual(pretty);
    expect(prettyEss.safeParse({ ...pretty, state: [25.3] }).success).toBe(false);
  });
});

describe("search", () => {
  it("returns one result by default, and at least one", () => {
    expect(search.parse({ module_id: "ac", state: [1] }).limit).toBe(1);
    expect(search.parse({ module_id: "ac", state: [1], limit: null }).limit).toBe(1);
    for (const limit of [0, -1, 1.5, "1"]) {
      expect([limit, search.safeParse({ module_id: "ac", state: [1], limit }).success]).toEqual([limit, false]);
    }
  });
});
