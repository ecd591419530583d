import * as fc from "fast-check";
import type { EssState } from "../store/store.js";
import type { Neighbour } from "./nearest-list.js";

/** What a search must answer: every distance, sorted. */
export function bruteForce(rows: Iterable<EssState>, query: Float32Array, limit: number): Neighbour[] {
  const all = [...rows].map(({ id, state }) => ({ id, score: scoreOf(state, query) }));
  return all.toSorted((a, b) => (a.score === b.score ? a.id - b.id : a.score < b.score ? -1 : 1)).slice(0, limit);
}

export function scoreOf(state: Float32Array, query: Float32Array): number {
  let sum = 0;
  for (const [place, number] of state.entries()) sum += (number - query[place]!) ** 2;
  return Math.fround(Math.sqrt(sum));
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
