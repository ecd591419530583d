import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hasRepeatedKey } from "./json-keys.js";

const isRepeated = (text: string): boolean => hasRepeatedKey(Buffer.from(text), JSON.parse(text));

describe("hasRepeatedKey", () => {
  it.each([
    "1",
    "{}",
    '":"',
    '{"a":1,"b":{"a":1},"c":[{"a":1},{"a":1}]}',
    String.raw`{"a\":1,\"a":1,"b":"\\","c":"::"}`,
    '{"__proto__":1,"constructor":2,"":3}',
    '{"a":null,"A":null}',
  ])("%s: no", (text) => {
    expect(isRepeated(text)).toBe(false);
  });

  it.each([
    '{"a":1,"a":1}',
    String.raw`{"a":1,"\u0061":2}`,
    '{"a":{"b":{"c":1}},"a":null}',
    '{"a":null,"a":{"b":1}}',
    '[1,[{"b":":","b":":"}]]',
    '{"__proto__":1,"__proto__":2}',
    '{"":1,"":2}',
  ])("%s: yes", (text) => {
    expect(isRepeated(text)).toBe(true);
  });

  it("finds a key that was put into any object once more, and none in what was written once", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }),
        fc.nat(),
        fc.jsonValue(),
        (object, at, value) => {
          const text = JSON.stringify(object);
          const key = Object.keys(object)[at % Object.keys(object).length];
          expect(isRepeated(text)).toBe(false);
          expect(isRepeated(`${text.slice(0, -1)},${JSON.stringify(key)}:${JSON.stringify(value)}}`)).toBe(true);
        },
      ),
      { seed: 8259, numRuns: 300 },
    );
  });
});
