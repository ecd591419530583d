import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isDeeperThan } from "./json-depth.js";

const bytesOf = (text: string): Uint8Array => Buffer.from(text);

/** The depth of a value, told the slow way. */
function depthOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

describe("isDeeperThan", () => {
  it.each([
    ["", 0],
    ["null", 0],
    ['"[[[["', 0],
    ["[]", 1],
    ["[[],[],[]]", 2],
    ['{"a":[{"b":1}]}', 3],
    [String.raw`["\"[[[[\\", "]]]"]`, 1],
    ["[1,2,3],[4],[5],[6]", 1],
  ])("%j is %d deep", (text, depth) => {
    expect([depth, depth - 1].map((most) => isDeeperThan(most, bytesOf(text)))).toEqual([false, depth > 0]);
  });

  it("finds the depth of any JSON, with and without many brackets", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), fc.boolean(), (value, indented) => {
        const bytes = bytesOf(JSON.stringify(value, null, indented ? 1 : 0));
        const depth = depthOf(value);
        expect([depth, depth - 1].map((most) => isDeeperThan(most, bytes))).toEqual([false, depth > 0]);
      }),
      { seed: 8259, numRuns: 300 },
    );
  });

  it("survives what is no JSON", () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.nat(5), (bytes, most) => {
        expect(typeof isDeeperThan(most, bytes)).toBe("boolean");
      }),
      { seed: 8259 },
    );
    expect(isDeeperThan(100, Buffer.alloc(1_000_000, "["))).toBe(true);
    expect(isDeeperThan(100, Buffer.alloc(1_000_000, '"'))).toBe(false);
    expect(isDeeperThan(1, Buffer.from(`[["${"\\".repeat(9)}`))).toBe(true);
  });
});
