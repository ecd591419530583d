import fc from "fast-check";
import { expect, it } from "vitest";
import { nearestValence } from "./valence.js";

const instance = (id: number, valence: number, ...numbers: number[]) => {
  return { id, valence, state: Float32Array.from(numbers) };
};

it("is that of the nearest instance, of equally near ones that of the lowest id", () => {
  const instances = [instance(2, 10, 0, 0), instance(5, -20, 4, 0), instance(9, 30, 4, 0)];
  expect(nearestValence(instances, Float32Array.of(1.9, 0))).toBe(10);
  expect(nearestValence(instances, Float32Array.of(2, 0))).toBe(10);
  expect(nearestValence(instances, Float32Array.of(2.1, 0))).toBe(-20);
  expect(nearestValence(instances, Float32Array.of(4, 0))).toBe(-20);
});

it("is told between states as far apart as 32-bit floats go", () => {
  const largest = 3.4028235e38;
  const instances = [instance(1, 1, -largest, -largest), instance(2, 2, largest, -largest)];
  expect(nearestValence(instances, Float32Array.of(largest, largest))).toBe(2);
});

it("is that of the nearer instance where roundings hide which one that is", () => {
  const instances = [instance(1, 10, 1, 1e-20), instance(2, 20, 1, 0), instance(3, 30, 0, 1)];
  expect(nearestValence(instances, Float32Array.of(0, 0))).toBe(20);
  // 0.1^2 + 0.2^2 + 0.3^2 has two sums in 64 bits, by the order of adding.
  const turned = [instance(4, 40, 0.1, 0.2, 0.3), instance(7, 70, 0.3, 0.2, 0.1), instance(9, 90, 0.2, 0.3, 0.1)];
  expect(nearestValence(turned, Float32Array.of(0, 0, 0))).toBe(40);
  expect(nearestValence(turned.toReversed(), Float32Array.of(0, 0, 0))).toBe(90);
});

it("is that of the first of a list sorted by distance", () => {
  const number = fc.integer({ min: -9, max: 9 });
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);
  const state = fc.tuple(number, number, number);
  fc.assert(
    fc.property(fc.array(fc.tuple(state, number), { minLength: 1 }), state, (given, wanted) => {
      const instances = given.map(([numbers, valence], id) => instance(id, valence, ...numbers));
      const [first] = given
        // Squares of whole numbers are exact; Math.hypot tells some equal distances apart.
        .map(([numbers, valence]) => ({ distance: sum(numbers.map((n, i) => (n - wanted[i]!) ** 2)), valence }))
        .toSorted((a, b) => a.distance - b.distance);
      expect(nearestValence(instances, Float32Array.from(wanted))).toBe(first?.valence);
    }),
    {
      examples: [
        [
          [
            [[-2, 4, 1], 0],
            [[2, -2, 7], 1],
          ],
          [-9, -3, 6],
        ],
      ],
    },
  );
});
