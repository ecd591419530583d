import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseGoDuration } from "./go-duration.js";

describe("a duration as Go writes it", () => {
  it.each([
    ["0", 0],
    ["+0", 0],
    ["1s", 1000],
    ["500ms", 500],
    ["1m30s", 90_000],
    ["1h2m3.5s", 3_723_500],
    ["1.5h", 5_400_000],
    [".5s", 500],
    ["1.s", 1000],
    ["250us", 0.25],
    ["250\u00B5s", 0.25],
    ["250\u03BCs", 0.25],
    ["1500000ns", 1.5],
    ["-1m", -60_000],
    ["+5s", 5000],
    ["1s1s", 2000],
  ])("%s is %d ms", (text, milliseconds) => {
    expect(parseGoDuration(text)).toBeCloseTo(milliseconds, 9);
  });

  it.each(["", "-", "1", "1 s", " 1s", "1s ", "s", ".s", ".", "1d", "1S", "--1s", "1e3s", "0x1s", "1s2", "1,5s", "00"])(
    "%j is none",
    (text) => {
      expect(parseGoDuration(text)).toBeUndefined();
    },
  );

  it("adds up its parts, in any order", () => {
    const unit = fc.constantFrom(["ms", 1] as const, ["s", 1000] as const, ["m", 60_000] as const);
    const parts = fc.array(fc.tuple(fc.nat(10_000), unit), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(parts, (parts) => {
        const text = parts.map(([number, [unit]]) => `${number}${unit}`).join("");
        expect(parseGoDuration(text)).toBe(parts.reduce((sum, [number, [, factor]]) => sum + number * factor, 0));
      }),
    );
  });
});
