import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DomainError } from "../errors/domain-error.js";
import { shortest, toNumbers, toState } from "./state.js";

const float32 = fc.float({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);

/** The decimal digits of a printed number, without leading and trailing zeros. */
function significantDigits(number: number): number {
  const [mantissa = ""] = number.toExponential().split("e");
  return mantissa.replace(/[-.]/g, "").length;
}

describe("toState", () => {
  it("rounds once to 32-bit floats", () => {
    expect([...toState([26469.581684007026])]).toEqual([Math.fround(26469.581684007026)]);
  });

  it("makes -0 a 0, so that equal states have equal bytes", () => {
    expect(Object.is(toState([-0])[0], 0)).toBe(true);
    expect(Object.is(toState([-1e-60])[0], 0)).toBe(true);
  });

  it("names each number that is beyond a 32-bit float", () => {
    const error = (): unknown => toState([1, 1e39, 2, -3.5e38]);
    expect(error).toThrow(DomainError);
    expect(error).toThrow(/state\[1\] is 1e\+39.*state\[3\] is -3.5e\+38/);
  });

  it("counts those behind the first hundred", () => {
    const error = (): unknown => toState(Array.from({ length: 65_536 }, (_, index) => (index === 7 ? 1 : 1e39)));
    expect(error).toThrow(/state\[100\] is 1e\+39, [^;]*; and 65435 more errors$/);
  });

  it("takes the largest 32-bit float, and what rounds to it", () => {
    expect([...toState([3.4028234663852886e38, 3.4028235e38])]).toEqual([3.4028234663852886e38, 3.4028234663852886e38]);
  });
});

describe("shortest", () => {
  it.each([
    [25.3, 25.3],
    [26469.581684007026, 26469.582],
    [0.1, 0.1],
    [8, 8],
    [30.48, 30.48],
    [1e-45, 1e-45],
    [3.4028234663852886e38, 3.4028235e38],
    [16777216, 16777216],
    [-90.5, -90.5],
  ])("prints the float of %d as %d", (given, printed) => {
    expect(shortest(Math.fround(given))).toBe(printed);
  });

  it("gives back the same 32-bit float", () => {
    fc.assert(
      fc.property(float32, (float) => {
        expect(Math.fround(shortest(float))).toBe(float);
      }),
      { numRuns: 5000 },
    );
  });

  it("never needs more digits than the fewest that round-trip", () => {
    fc.assert(
      fc.property(float32, (float) => {
        let fewest = 1;
        while (fewest < 9 && Math.fround(Number(float.toPrecision(fewest))) !== float) fewest++;
        expect(significantDigits(shortest(float))).toBeLessThanOrEqual(fewest);
      }),
      { numRuns: 5000 },
    );
  });

  it("prints what a sensor with a few decimals sent", () => {
    fc.assert(
      fc.property(fc.integer({ min: -999_999, max: 999_999 }), fc.integer({ min: 0, max: 4 }), (units, decimals) => {
        const sent = units / 10 ** decimals + 0;
        expect(toNumbers(toState([sent]))).toEqual([sent]);
      }),
    );
  });
});
