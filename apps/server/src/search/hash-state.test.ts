import * as fc from "fast-check";
import { expect, it } from "vitest";
import { hashState } from "./hash-state.js";

// Computed by the reference implementation.
it.each([
  [[], 0, 46947589],
  [[1.5], 0, 2849136462],
  [[1, 2, 3], 1, 3664801682],
  [[1, 2, 3, 4], 1, 807907358],
  [[20, 70, 10, 2, 29], 7, 3340779963],
  [Array.from({ length: 37 }, (_, place) => place / 3), 0x9e3779b1, 765346533],
])("the hash is XXH32 of the bytes: %j, seed %i", (numbers, seed, expected) => {
  expect(hashState(Float32Array.from(numbers), seed) >>> 0).toBe(expected);
});

it("equal numbers have equal hashes, zero and negative zero alike, wherever they lie", () => {
  const numbers = fc.array(fc.float({ noNaN: true }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(numbers, fc.integer(), fc.nat(5), (list, seed, offset) => {
      const state = Float32Array.from(list);
      const moved = new Float32Array(list.length + offset).subarray(offset);
      moved.set(list.map((number) => (number === 0 ? -number : number)));
      expect(hashState(moved, seed)).toBe(hashState(state, seed));
    }),
  );
});

it("states that differ in one bit, or in order, hash apart", () => {
  const hashes = new Set<number>();
  for (let value = 0; value < 20_000; value++) hashes.add(hashState(Float32Array.of(value, 20), 1));
  expect(hashes.size).toBeGreaterThan(19_980);
  expect(hashState(Float32Array.of(1, 2), 1)).not.toBe(hashState(Float32Array.of(2, 1), 1));
  expect(hashState(Float32Array.of(1, 2), 1)).not.toBe(hashState(Float32Array.of(1, 2), 2));
});
