import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { areOnGrid, decisiveShare, exactGrid, squaredDistance, toScore } from "./distance.js";
import { compareExact, ExactSquares, toBigInt } from "./exact-square.js";
import { exactOf, scoreOf, searchCase } from "./oracle.fixture.js";

const largest = 2 ** 128 - 2 ** 104;
const smallest = 2 ** -149;

function scoreByCode(state: Float32Array, query: Float32Array): number {
  const squared = squaredDistance(query, state, 0);
  return toScore(squared, state.length, () => new ExactSquares(query).of(state, 0, squared));
}

function exactByCode(state: Float32Array, query: Float32Array): bigint {
  // In units of 2^-320 here, of 2^-298 there.
  return toBigInt(new ExactSquares(query).of(state, 0, squaredDistance(query, state, 0))) >> 22n;
}

/** Numbers of every sign and exponent, equally often. */
const anyFloat = fc
  .integer({ min: 0, max: 0xffff_ffff })
  .map((bits) => new Float32Array(Uint32Array.of(bits).buffer)[0]!)
  .filter(Number.isFinite);

const pair = (shape: number) => {
  const state = fc.array(anyFloat, { minLength: shape, maxLength: shape }).map((numbers) => Float32Array.from(numbers));
  return fc.tuple(state, state);
};

describe("an exact square", () => {
  it("equals rational arithmetic for ties, near ties, subnormals and extremes", () => {
    fc.assert(
      fc.property(searchCase({ maxShape: 20, maxRows: 10 }), ({ rows, query }) => {
        for (const { state } of rows) expect(exactByCode(state, query)).toBe(exactOf(state, query));
      }),
      { numRuns: 300 },
    );
  });

  it("equals rational arithmetic for any bits", () => {
    const cases = fc.integer({ min: 1, max: 9 }).chain(pair);
    fc.assert(
      fc.property(cases, ([state, query]) => {
        expect(exactByCode(state, query)).toBe(exactOf(state, query));
      }),
      { numRuns: 1000 },
    );
  });

  it.each([64, 2048, 2 ** 19 + 3])("equals rational arithmetic for %i numbers of all magnitudes", (shape) => {
    const wide = (seed: number) =>
      Float32Array.from({ length: shape }, (_, place) => Math.sin(place * seed) * 2 ** (((place * seed) % 250) - 125));
    const huge = (sign: number) => new Float32Array(shape).fill(sign * largest);
    for (const [state, query] of [
      [wide(7), wide(11)],
      [huge(1), huge(-1)],
      [new Float32Array(shape).fill(smallest), new Float32Array(shape)],
    ] as const) {
      expect(exactByCode(state, query)).toBe(exactOf(state, query));
    }
  });

  it("passes on carries before a double loses count, in the longest states that can be configured", () => {
    const shape = 2 ** 24;
    // Its square fills the highest part that squares reach, to the last bit.
    const number = (2 ** 24 - 12_345) * 2 ** 104;
    const [state, query] = [new Float32Array(shape).fill(number), new Float32Array(shape).fill(-number)];
    expect(exactByCode(state, query)).toBe(BigInt(shape) * exactOf(Float32Array.of(number), Float32Array.of(-number)));
  });

  it("orders as rational arithmetic does, and equals itself in any order of the numbers", () => {
    const cases = fc.integer({ min: 1, max: 6 }).chain((shape) => fc.tuple(pair(shape), fc.nat()));
    fc.assert(
      fc.property(cases, ([[state, query], turn]) => {
        const turned = (numbers: Float32Array) =>
          Float32Array.from(numbers, (_, place) => numbers[(place + turn) % numbers.length]!);
        const of = (one: Float32Array, other: Float32Array) =>
          new ExactSquares(other).of(one, 0, squaredDistance(other, one, 0));
        expect(compareExact(of(state, query), of(turned(state), turned(query)))).toBe(0);
        const zero = new Float32Array(state.length);
        const order = compareExact(of(state, zero), of(query, zero));
        const [a, b] = [exactOf(state, zero), exactOf(query, zero)];
        expect(Math.sign(order)).toBe(a < b ? -1 : a > b ? 1 : 0);
      }),
    );
  });

  it("is not disturbed by states around it", () => {
    const query = Float32Array.of(0.1, 3e-39);
    const states = Float32Array.of(largest, -largest, 0.3, -2, smallest, largest);
    const squared = squaredDistance(query, states, 2);
    expect(toBigInt(new ExactSquares(query).of(states, 2, squared)) >> 22n).toBe(exactOf(states.subarray(2, 4), query));
  });
});

describe("squared distances in 64-bit floats", () => {
  it("are in the exact order where they differ by more than the decisive share", () => {
    const near = (shape: number) =>
      fc.tuple(pair(shape), fc.array(fc.integer({ min: -2, max: 2 }), { minLength: shape, maxLength: shape }));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }).chain(near), ([[state, query], steps]) => {
        const other = state.map((number, place) => Math.fround(number * (1 + steps[place]! * 2 ** -23)));
        const [a, b] = [squaredDistance(query, state, 0), squaredDistance(query, other, 0)];
        const isDecisive = Math.abs(a - b) > decisiveShare(state.length) * Math.max(a, b);
        const difference = exactOf(state, query) - exactOf(other, query);
        expect(isDecisive && a > b !== difference > 0n).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("a grid", () => {
  const steps = fc.integer({ min: -40, max: 40 });
  const onGrid = fc.record({ unit: fc.integer({ min: -148, max: 100 }), steps: fc.array(fc.tuple(steps, steps)) });
  const cases = fc.oneof(
    onGrid.map(({ unit, steps }) => steps.map(([a, b]) => [a * 2 ** unit, b * 2 ** unit] as const)),
    searchCase({ maxShape: 8, maxRows: 1 }).map(({ rows, query }) =>
      Array.from(rows[0]!.state, (number, place) => [number, query[place]!] as const),
    ),
  );

  it("is one on which 64-bit squared distances are exact", () => {
    fc.assert(
      fc.property(cases, (pairs) => {
        const [state, query] = [0, 1].map((side) => Float32Array.from(pairs, (pair) => pair[side]!)) as [
          Float32Array,
          Float32Array,
        ];
        const squared = squaredDistance(query, state, 0);
        if (squared === 0) return;
        const grid = exactGrid(squared);
        const areBoth = [state, query].every((numbers) => areOnGrid(numbers, 0, numbers.length, grid));
        expect(areBoth && BigInt(squared * 2 ** 298) !== exactOf(state, query)).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });

  it("holds whole numbers and the decimals of sensors, and nothing between its steps", () => {
    const grid = exactGrid(20_000);
    const number = (value: number) => areOnGrid(Float32Array.of(Number.NaN, value, Number.NaN), 1, 2, grid);
    expect([0, -7, 101_325, 20.1, -0.5, 3e38].map(number)).toEqual([true, true, true, true, true, true]);
    expect([1e-9, 0.001, grid / 2, grid * 1.5].map(number)).toEqual([false, false, false, false]);
  });
});

describe("a score", () => {
  it("is the 32-bit float nearest to the exact distance, for ties, near ties, subnormals and extremes", () => {
    fc.assert(
      fc.property(searchCase({ maxShape: 8, maxRows: 10 }), ({ rows, query }) => {
        for (const { state } of rows) expect(scoreByCode(state, query)).toBe(scoreOf(state, query));
      }),
      { numRuns: 300 },
    );
  });

  it("is the nearest for any bits", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }).chain(pair), ([state, query]) => {
        expect(scoreByCode(state, query)).toBe(scoreOf(state, query));
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ["a distance halfway between two floats rounds to the even one", [1, 2 ** -24]],
    ["another to the even one above", [1 + 2 ** -23, -(2 ** -24)]],
    ["the least more than halfway rounds up", [1, 2 ** -24, smallest]],
    ["a distance in the middle of 3 and the float above", [3, 2 ** -23]],
    ["the largest float", [largest, 0]],
    ["half a step above the largest float", [largest, 2 ** 103]],
    ["the least below that", [largest, 2 ** 103 - 2 ** 79]],
    ["beyond the 32-bit floats", [largest, largest]],
    ["far beyond them", Array.from({ length: 500 }, () => largest)],
  ])("%s", (_, numbers) => {
    // Along a line a distance is the sum of two numbers, which no float need be.
    const [first = 0, second = 0, ...rest] = numbers.map(Math.fround);
    const [state, query] = [Float32Array.of(first, ...rest), new Float32Array(1 + rest.length)];
    query[0] = -second;
    expect(scoreByCode(state, query)).toBe(scoreOf(state, query));
  });

  it("is 0 for the identical state alone", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }).chain(pair), fc.nat(), fc.integer(), ([state], at, bits) => {
        expect(scoreByCode(state, state)).toBe(0);
        const other = state.slice();
        const words = new Uint32Array(other.buffer);
        words[at % state.length]! ^= 1 << (bits & 7);
        if (!Number.isFinite(other[at % state.length])) return;
        expect(scoreByCode(other, state)).toBeGreaterThan(0);
      }),
      { numRuns: 500 },
    );
    expect(scoreByCode(Float32Array.of(smallest, 5), Float32Array.of(0, 5))).toBe(smallest);
  });

  it("never falls from one state to the next farther one", () => {
    fc.assert(
      fc.property(searchCase({ maxShape: 6, maxRows: 20 }), ({ rows, query }) => {
        const sorted = rows
          .map(({ state }) => ({ exact: exactOf(state, query), score: scoreByCode(state, query) }))
          .toSorted((a, b) => (a.exact === b.exact ? 0 : a.exact < b.exact ? -1 : 1));
        const scores = sorted.map(({ score }) => score);
        expect(scores).toEqual(scores.toSorted((a, b) => a - b));
      }),
    );
  });
});
