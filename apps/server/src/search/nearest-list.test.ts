import * as fc from "fast-check";
import { expect, it } from "vitest";
import { squaredDistance } from "./distance.js";
import { NearestList } from "./nearest-list.js";
import { bruteForce, searchCase, squareOf } from "./oracle.fixture.js";

it("keeps the nearest by exact distance, then by id, whatever the order of offers", () => {
  fc.assert(
    fc.property(
      searchCase({ maxShape: 6, maxRows: 60 }).chain((found) =>
        fc.record({
          case: fc.constant(found),
          order: fc.shuffledSubarray(found.rows, { minLength: found.rows.length }),
        }),
      ),
      ({ case: { rows, query, limit }, order }) => {
        const list = new NearestList(query, limit);
        for (const { id, state } of order) list.offer(id, squaredDistance(query, state, 0), state, 0);
        const sorted = bruteForce(rows, query, limit);
        expect(list.toArray()).toEqual(sorted);
        expect(list.worstSquared).toBe(rows.length < limit ? Infinity : sorted[limit - 1]!.squared);
      },
    ),
  );
});

it("keeps the nearest of states that are too long to be copied", () => {
  const shape = 2 ** 17 + 1;
  // The same squares in other orders, but for the last two states, which are a little nearer and a little farther.
  const states = Array.from({ length: 8 }, (_, row) => {
    const state = Float32Array.from({ length: shape }, (_, place) => Math.sin((place + row * 1000) % shape));
    if (row >= 6) state[0] = (state[0] as number) * (row === 6 ? 1 - 2 ** -20 : 1 + 2 ** -20);
    return state;
  });
  const query = new Float32Array(shape);
  for (const limit of [1, 2, 5, 8]) {
    const list = new NearestList(query, limit);
    for (const [row, state] of states.entries()) list.offer(row + 1, squaredDistance(query, state, 0), state, 0);
    const ids = [7, 1, 2, 3, 4, 5, 6, 8].slice(0, limit);
    expect(list.toArray()).toEqual(ids.map((id) => ({ id, squared: squareOf(states[id - 1]!, query) })));
  }
});

it("does not depend on what becomes of the states that were offered", () => {
  const query = Float32Array.of(0, 0, 0);
  const list = new NearestList(query, 3);
  const state = new Float32Array(3);
  const offer = (id: number, ...numbers: number[]) => {
    state.set(numbers);
    list.offer(id, squaredDistance(query, state, 0), state, 0);
  };
  offer(4, 0.1, 0.2, 0.3);
  offer(3, 0.3, 0.1, 0.2);
  offer(2, 0.2, 0.3, 0.1);
  offer(1, 0.3, 0.2, 0.1);
  state.fill(7);
  expect(list.toArray().map(({ id }) => id)).toEqual([1, 2, 3]);
});

it("is settled once it is full of identical states", () => {
  const list = new NearestList(Float32Array.of(1), 2);
  const offer = (id: number, number: number) => list.offer(id, (number - 1) ** 2, Float32Array.of(number), 0);
  offer(1, 1);
  expect(list.isSettled).toBe(false);
  offer(2, 6);
  expect(list.isSettled).toBe(false);
  offer(3, 1);
  expect(list.isSettled).toBe(true);
});

it("computes nothing exactly where the distances lie apart, and each equal one once", () => {
  const list = new NearestList(Float32Array.of(0, 0), 4);
  const offer = (id: number, ...numbers: number[]) => {
    const state = Float32Array.from(numbers);
    list.offer(id, squaredDistance(new Float32Array(2), state, 0), state, 0);
  };
  for (let id = 1; id <= 50; id++) offer(id, Math.sin(id), id % 7);
  expect(list.exactNumbers).toBe(0);
  const tied = new NearestList(Float32Array.of(0, 0), 4);
  for (let id = 1; id <= 50; id++) tied.offer(id, 1, Float32Array.of(id % 2, (id + 1) % 2), 0);
  tied.toArray();
  expect(tied.exactNumbers).toBeLessThanOrEqual(2 * 50);
});
