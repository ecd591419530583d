import { describe, expect, it } from "vitest";
import { sequence, sequenceInsert, sequenceUpdate } from "./sequence.js";

const entry = { module_id: "ac", instance_id: 1 };

describe.each([
  ["sequenceInsert", sequenceInsert],
  ["sequenceUpdate", sequenceUpdate],
])("%s", (_name, schema) => {
  it('means "n" by an absent status and by null', () => {
    const filled = { ...entry, status: "n", context: null };
    expect(schema.parse(entry)).toEqual(filled);
    expect(schema.parse({ ...entry, status: null, context: null })).toEqual(filled);
  });

  it("takes any short code", () => {
    for (const status of ["n", "e", "sk", "p", "x".repeat(32), "é", " "]) {
      expect(schema.parse({ ...entry, status }).status).toBe(status);
    }
    for (const status of ["", "x".repeat(33), "a\0", 1]) {
      expect([status, schema.safeParse({ ...entry, status }).success]).toEqual([status, false]);
    }
  });

  it("takes whole numbers alone for instance_id", () => {
    expect(schema.parse(JSON.parse('{"module_id":"ac","instance_id":4.0}')).instance_id).toBe(4);
    for (const instance_id of [4.5, "4", null, undefined, 2 ** 53, Number.NaN]) {
      expect([instance_id, schema.safeParse({ ...entry, instance_id }).success]).toEqual([instance_id, false]);
    }
  });

  it("strips unknown keys", () => {
    expect(Object.keys(schema.parse({ ...entry, id: 9, novel: true }))).toEqual([
      "module_id",
      "instance_id",
      "status",
      "context",
    ]);
  });
});

describe("sequence", () => {
  it("has exactly its keys", () => {
    expect(Object.keys(sequence.shape).toSorted()).toEqual([
      "context",
      "created_at",
      "id",
      "instance_id",
      "module_id",
      "status",
      "updated_at",
    ]);
  });
});
