import * as fc from "fast-check";
import type { EssState } from "../store/port/store.js";
import type { Neighbour } from "./nearest-list.js";

/** What a search must return: every distance, sorted without any rounding. */
export function bruteForce(rows: Iterable<EssState>, query: Float32Array, limit: number): Neighbour[] {
  const exact = new Map<number, bigint>();
  const all = [...rows].map(({ id, state }) => ({ id, state, squared: squareOf(state, query) }));
  const exactly = ({ id, state }: EssState): bigint => {
    const known = exact.get(id) ?? exactOf(state, query);
    exact.set(id, known);
    return known;
  };
  return all
    .toSorted((a, b) => {
      // Far more than 64-bit sums of as many numbers as tests have can be off.
      if (Math.abs(a.squared - b.squared) > 1e-9 * Math.max(a.squared, b.squared)) return a.squared - b.squared;
      const [first, second] = [exactly(a), exactly(b)];
      return first === second ? a.id - b.id : first < second ? -1 : 1;
    })
    .slice(0, limit)
    .map(({ id, squared }) => ({ id, squared }));
}

/** The squared distance, summed in 64-bit floats. */
export function squareOf(state: Float32Array, query: Float32Array): number {
  let sum = 0;
  for (const [place, number] of state.entries()) sum += (number - query[place]!) ** 2;
  return sum;
}

/** The squared distance in units of 2^-298, exactly: 32-bit floats are whole numbers of 2^-149. */
export function exactOf(state: Float32Array, query: Float32Array): bigint {
  let sum = 0n;
  for (const [place, number] of state.entries()) sum += (toUnits(number) - toUnits(query[place]!)) ** 2n;
  return sum;
}

/** The 32-bit float nearest to the distance, or the 64-bit one where it lies beyond these. */
export function scoreOf(state: Float32Array, query: Float32Array): number {
  const exact = exactOf(state, query);
  const float = (bits: bigint) => new Float32Array(Uint32Array.of(Number(bits)).buffer)[0]!;
  const double = (bits: bigint) => new Float64Array(BigUint64Array.of(bits).buffer)[0]!;
  const score = nearestRoot(exact, { low: 0n, high: 0x7f80_0000n, floatOf: float });
  // From 2^127 to 2^150, which no distance of a test reaches.
  const beyond = { low: 0x47e0_0000_0000_0000n, high: 0x4950_0000_0000_0000n, floatOf: double };
  return score < Infinity ? score : nearestRoot(exact, beyond);
}

interface Floats {
  /** Bits of a float that is not above the root. */
  readonly low: bigint;
  /** Bits of a float above the root. */
  readonly high: bigint;
  readonly floatOf: (bits: bigint) => number;
}

/**
 * The float nearest to the root of a square in units of 2^-298, ties to the even one: found by halving,
 * as floats are in the order of their bits.
 */
function nearestRoot(square: bigint, { low, high, floatOf }: Floats): number {
  // Next to the largest 32-bit float is what would be Infinity's number.
  const unitsOf = (bits: bigint) => toUnits(floatOf(bits) === Infinity ? 2 ** 128 : floatOf(bits));
  let [lower, upper] = [low, high];
  while (upper - lower > 1n) {
    const middle = (lower + upper) / 2n;
    if (unitsOf(middle) ** 2n <= square) lower = middle;
    else upper = middle;
  }
  const double = (unitsOf(lower) + unitsOf(upper)) ** 2n;
  const isUpper = double < 4n * square || (double === 4n * square && lower % 2n === 1n);
  return floatOf(isUpper ? upper : lower);
}

/** A 32-bit float, or a 64-bit one above all of these, in units of 2^-149. */
function toUnits(number: number): bigint {
  return BigInt(number * 2 ** 149);
}

/** Numbers that tie, nearly tie, vanish and overflow. */
export const float32 = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(0, -0, 1, 2, 3) },
  { weight: 2, arbitrary: fc.constantFrom(1 + 2 ** -23, 1 - 2 ** -24, 0.1, 29.9, 30).map(Math.fround) },
  { weight: 2, arbitrary: fc.float({ noNaN: true, noDefaultInfinity: true }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(3.4028234663852886e38, -3.4028234663852886e38, 3.3e38, 1.8e19, 1.9e19, -2e19),
  },
  { weight: 1, arbitrary: fc.constantFrom(2 ** -149, -(2 ** -149), 2 ** -148, 2 ** -127, 2 ** -126, 1e-20, 1e-22) },
);

/** Numbers of one kind, so that a whole state can be all huge, all tiny or all alike. */
const kinds = [
  float32,
  fc.constantFrom(0, 1),
  fc.constantFrom(3.4028234663852886e38, -3.4028234663852886e38, 3.2e38),
  fc.constantFrom(2 ** -149, -(2 ** -149), 0, 2 ** -147),
  fc.constantFrom(1.8e19, 1.84e19, 1.85e19, 0),
  fc.constantFrom(1, 1 + 2 ** -23, 1 + 2 ** -22, 1 - 2 ** -24),
  fc.float({ min: -1000, max: 1000, noNaN: true }),
];

/** States of one shape and a query, often equal to one of them. */
export function searchCase({ maxShape, maxRows }: { maxShape: number; maxRows: number }) {
  return fc
    .record({ shape: fc.integer({ min: 1, max: maxShape }), kind: fc.constantFrom(...kinds) })
    .chain(({ shape, kind }) => {
      const state = fc.array(kind, { minLength: shape, maxLength: shape }).map((numbers) => Float32Array.from(numbers));
      return fc.record({
        states: fc.array(state, { minLength: 1, maxLength: maxRows }),
        other: state,
        stored: fc.option(fc.nat(), { freq: 2 }),
        limit: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: maxRows + 3 })),
      });
    })
    .map(({ states, other, stored, limit }) => ({
      shape: other.length,
      rows: states.map((state, row): EssState => ({ id: row + 1, state })),
      query: stored === null ? other : states[stored % states.length]!,
      limit,
    }));
}
