import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { toNumbers, toState } from "../ess/state.js";
import { floatText } from "./float-text.js";
import { jsonWriterFor } from "./json-writer.js";

const floatListText = jsonWriterFor(z.array(z.number().meta({ format: "double" })));

/** Doubles of any bits, and those that a program writes: few digits, whole numbers, 32-bit floats. */
const anyFloat = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.float({ noNaN: true, noDefaultInfinity: true }),
  fc.maxSafeInteger(),
  fc.integer({ min: -1000, max: 1000 }),
  fc
    .tuple(fc.integer({ min: -(10 ** 10), max: 10 ** 10 }), fc.integer({ min: 0, max: 22 }))
    .map(([m, e]) => m / 10 ** e),
  fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: -30, max: 30 })).map(([m, e]) => m * 10 ** e),
);

const edges = [
  0,
  -0,
  1,
  -1,
  8,
  0.1,
  -0.1,
  0.3,
  1 / 3,
  9.9999999999,
  0.99999999999,
  999999999,
  999999999.5,
  1e9,
  1e9 + 0.5,
  1e-6,
  1.5e-6,
  9.99999999e-7,
  1e-7,
  123456.789,
  2 ** 31,
  2 ** 53,
  1e20,
  1e21,
  -1e21,
  1.7976931348623157e308,
  5e-324,
  -5e-324,
  2.2250738585072014e-308,
  1.401298464324817e-45,
  3.4028235e38,
  1e-45,
  16777216,
  20000000,
];

describe("floatText", () => {
  it("has a point or an exponent, and reads as what JSON.stringify writes", () => {
    fc.assert(
      fc.property(anyFloat, (number) => {
        const text = floatText(number);
        expect(text).toMatch(/^-?(0|[1-9]\d*)(\.\d+)?(e[+-]\d+)?$/);
        expect(text).toMatch(/[.e]/);
        expect(JSON.parse(text)).toBe(JSON.parse(JSON.stringify(number)));
      }),
      { numRuns: 2000, examples: edges.map((edge) => [edge]) },
    );
  });

  it.each([
    [8, "8.0"],
    [-0, "0.0"],
    [0.5, "0.5"],
    [1e20, "100000000000000000000.0"],
    [1e21, "1e+21"],
    [5e-324, "5e-324"],
    [Number.NaN, "null"],
    [-Infinity, "null"],
  ])("writes %d as %s", (number, text) => expect(floatText(number)).toBe(text));
});

describe("a list of floats", () => {
  it("writes each as it would alone, in lists of any length", () => {
    fc.assert(
      fc.property(fc.array(anyFloat, { maxLength: 100 }), (numbers) => {
        expect(floatListText(numbers)).toBe(`[${numbers.map(floatText).join(",")}]`);
      }),
      { numRuns: 2000, examples: [[edges], [edges.toReversed()], [[]], [edges.slice(0, 3)]] },
    );
  });

  it("writes the numbers of states as the decimals that they are printed as", () => {
    fc.assert(
      fc.property(fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 4 }), (numbers) => {
        const printed = toNumbers(toState(numbers));
        const texts = floatListText(printed).slice(1, -1).split(",");
        expect(texts.map(Number)).toEqual(printed);
        expect(texts.every((text) => /[.e]/.test(text))).toBe(true);
      }),
    );
  });

  it("joins long lists without a seam", () => {
    for (const length of [2047, 2048, 2049, 65_536]) {
      const numbers = Array.from({ length }, (_, index) => (index % 7 === 0 ? -1.7976931348623157e308 : index / 8));
      expect(floatListText(numbers)).toBe(`[${numbers.map(floatText).join(",")}]`);
    }
  });
});
