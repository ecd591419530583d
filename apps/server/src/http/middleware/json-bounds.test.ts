import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonBounds } from "../../limits/limits.js";
import { boundSteps, endOfJsonText } from "./json-bounds.js";

const anyNumber = 1_000_000;

/** The depth and the number of parts of a value, told the slow way. */
function boundsOf(value: unknown): JsonBounds {
  if (typeof value !== "object" || value === null) return { depth: 0, parts: 0, entries: 0 };
  const inner = Object.values(value).map(boundsOf);
  const keys = Array.isArray(value) ? 0 : inner.length;
  return {
    depth: 1 + Math.max(0, ...inner.map(({ depth }) => depth)),
    parts: 1 + keys + inner.reduce((sum, { parts }) => sum + parts, 0),
    entries: Math.max(0, inner.length - 1) + inner.reduce((sum, { entries }) => sum + entries, 0),
  };
}

/** What is exceeded, after all steps, and how many there were on the way. */
function walk(bounds: JsonBounds, bytes: Uint8Array): [exceeded: keyof JsonBounds | undefined, steps: number] {
  const scan = boundSteps(bounds, bytes);
  for (let steps = 0; ; steps++) {
    const step = scan.next();
    if (step.done === true) return [step.value, steps];
  }
}

const exceededBound = (bounds: JsonBounds, bytes: Uint8Array): keyof JsonBounds | undefined => walk(bounds, bytes)[0];

/** What is exceeded with the very bounds of a text, and with one less of each. */
function aroundBounds(text: string, { depth, parts, entries }: JsonBounds) {
  const bytes = Buffer.from(text);
  const any = { depth: anyNumber, parts: anyNumber, entries: anyNumber };
  return [
    exceededBound({ depth, parts, entries }, bytes),
    exceededBound({ ...any, depth: depth - 1 }, bytes),
    exceededBound({ ...any, parts: parts - 1 }, bytes),
    entries === 0 ? "entries" : exceededBound({ ...any, entries: entries - 1 }, bytes),
  ];
}

describe("the bound that is exceeded", () => {
  it.each([
    ["[]", 1, 1, 0],
    ["[[],[],[]]", 2, 4, 2],
    ['{"a":[{"b":1}]}', 3, 5, 0],
    [String.raw`["\"[[[[\\", ":", "]]]"]`, 1, 1, 2],
    ["[1,2,3],[4],[5],[6]", 1, 4, 5],
    ['{"a":":","b":"{","c":{}}', 2, 5, 2],
  ])("%j is %d deep, has %d parts and %d entries", (text, depth, parts, entries) => {
    expect(aroundBounds(text, { depth, parts, entries })).toEqual([undefined, "depth", "parts", "entries"]);
  });

  it("finds the bounds of any JSON, with and without many brackets", () => {
    const container = fc.oneof(fc.array(fc.jsonValue({ maxDepth: 6 })), fc.dictionary(fc.string(), fc.jsonValue()));
    fc.assert(
      fc.property(container, fc.boolean(), (value, indented) => {
        const text = JSON.stringify(value, null, indented ? 1 : 0);
        expect(aroundBounds(text, boundsOf(value))).toEqual([undefined, "depth", "parts", "entries"]);
      }),
      { seed: 8259, numRuns: 300 },
    );
  });

  it("passes over texts that hold no list and no object", () => {
    for (const text of ["", "null", '"[[[["', "1", '":"']) {
      expect(exceededBound({ depth: 0, parts: 0, entries: 0 }, Buffer.from(text))).toBeUndefined();
    }
  });

  it("survives what is no JSON", () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.nat(5), (bytes, bound) => {
        const bounds = { depth: bound, parts: bound, entries: bound };
        expect([undefined, "depth", "parts", "entries"]).toContain(exceededBound(bounds, bytes));
      }),
      { seed: 8259 },
    );
    const bounds = { depth: 100, parts: 1000, entries: 5000 };
    expect(exceededBound(bounds, Buffer.alloc(1_000_000, "["))).toBe("depth");
    expect(exceededBound(bounds, Buffer.alloc(1_000_000, "[]"))).toBe("parts");
    expect(exceededBound(bounds, Buffer.alloc(1_000_000, ":,"))).toBe("parts");
    expect(exceededBound(bounds, Buffer.alloc(1_000_000, ","))).toBe("entries");
    expect(exceededBound(bounds, Buffer.alloc(1_000_000, '"'))).toBeUndefined();
    expect(exceededBound({ depth: 0, parts: 9, entries: 9 }, Buffer.from("]]]][[[["))).toBeUndefined();
    expect(exceededBound({ depth: 1, parts: 9, entries: 9 }, Buffer.from(`[[${"\\".repeat(9)}`))).toBe("depth");
  });
});

describe("endOfJsonText", () => {
  it("finds the quote that ends a text of any length, whatever is escaped in it", () => {
    const part = fc.constantFrom("x", '"', "\\", '\\"', "\\\\", "\u4e16", "x".repeat(63), "y".repeat(500));
    fc.assert(
      fc.property(fc.array(part, { maxLength: 40 }), fc.constantFrom("", '"', ',"b"]'), (parts, rest) => {
        const text = JSON.stringify(parts.join(""));
        const bytes = Buffer.from(` ${text}${rest}`);
        expect(endOfJsonText(bytes, 1)).toBe(Buffer.byteLength(text));
      }),
    );
  });

  it("finds none in a text that does not end", () => {
    for (const text of ['"', '"abc', `"${"x".repeat(500)}`, `"${"x".repeat(500)}\\"`]) {
      const bytes = Buffer.from(text);
      expect(endOfJsonText(bytes, 0)).toBeGreaterThanOrEqual(bytes.length - 1);
    }
  });
});

describe("boundSteps", () => {
  it("stops on its way through a long text, and tells the same", () => {
    const bytes = Buffer.from(`[${"1, ".repeat(1_000_000)}1]`);
    const count = (entries: number) => walk({ depth: anyNumber, parts: anyNumber, entries }, bytes);
    expect(count(1_000_000)[0]).toBeUndefined();
    expect(count(1_000_000)[1]).toBeGreaterThan(3);
    expect(count(999_999)[0]).toBe("entries");
  });
});
