import { expect, it } from "vitest";
import { essContent } from "../store/conformance/contents.fixture.js";
import { useFolder } from "../store/sqlite/use-folder.fixture.js";
import type { EssState, Store } from "../store/port/store.js";
import { bruteForce } from "./oracle.fixture.js";
import { createStateIndex } from "./state-index.js";
import { createTimeSlice } from "../event-loop/time-slice.js";

const folder = useFolder();
const shape = 12;

it("finds each write once it is acknowledged, while writers go on, and the same after a restart", async () => {
  const store = await folder.open();
  await store.transact((tx) => tx.insertModule("m", shape, 1));
  const index = createStateIndex({ reader: store, memoryBudget: 2 ** 30, timeSlice: createTimeSlice() });
  const rows = new Map<number, EssState>();
  await Promise.all(
    Array.from({ length: 8 }, async (_, writer) => {
      let own: number | undefined;
      for (let round = 0; round < 30; round++) {
        const state = stateOf(writer, round);
        const row = await store.transact((tx) =>
          own !== undefined && round % 5 === 4
            ? tx.updateEss("m", own, essContent({ state }), 1)
            : tx.insertEss("m", essContent({ state }), 1),
        );
        const { id } = row!;
        own ??= id;
        rows.set(id, { id, state });
        const found = await index.search("m", state, 400);
        expect(found.find((neighbour) => neighbour.id === id)).toEqual({ id, squared: 0 });
      }
    }),
  );
  const queries = [stateOf(3, 7), stateOf(99, 1), new Float32Array(shape), new Float32Array(shape).fill(1e30)];
  const search = async (opened: Store, memoryBudget: number) => {
    const fresh = createStateIndex({ reader: opened, memoryBudget, timeSlice: createTimeSlice() });
    return Promise.all(queries.map((query) => fresh.search("m", query, 25)));
  };
  const expected = queries.map((query) => bruteForce(rows.values(), query, 25));
  expect(await Promise.all(queries.map((query) => index.search("m", query, 25)))).toEqual(expected);
  expect(await search(store, 0)).toEqual(expected);
  await store.close();
  const again = await folder.open();
  expect(await search(again, 2 ** 30)).toEqual(expected);
  expect(await search(again, 0)).toEqual(expected);
});

it("finds the nearer of two states with the same score, from memory and from the store", async () => {
  const store = await folder.open();
  const states = [
    [101_325, 20.01, 0.5],
    [101_325, 20, 0.5],
    [101_325, 0.5, 20],
    [-3.4e38, 0, 0],
    [-1e38, 0, 0],
  ].map((numbers) => Float32Array.from(numbers));
  await store.transact(async (tx) => {
    await tx.insertModule("m", 3, 1);
    for (const state of states) await tx.insertEss("m", essContent({ state }), 1);
  });
  const rows = states.map((state, row) => ({ id: row + 1, state }));
  const queries = [
    { query: [101_000, 20, 0.5], order: [2, 1, 3] },
    { query: [101_000, 0, 0], order: [2, 3, 1] },
    { query: [3.4e38, 0, 0], order: [2, 3, 1] },
    { query: [-2e38, 0, 0], order: [5, 4, 2] },
  ];
  for (const memoryBudget of [0, 2 ** 20]) {
    const index = createStateIndex({ reader: store, memoryBudget, timeSlice: createTimeSlice() });
    for (const { query: numbers, order } of queries) {
      const query = Float32Array.from(numbers);
      for (const limit of [1, 2, 3]) {
        const found = await index.search("m", query, limit);
        expect(found).toEqual(bruteForce(rows, query, limit));
        expect(found.map(({ id }) => id)).toEqual(order.slice(0, limit));
      }
    }
  }
});

/** Repeats itself, so that distances tie. */
function stateOf(writer: number, round: number): Float32Array {
  return Float32Array.from({ length: shape }, (_, place) => ((writer + round * place) % 7) * 0.1);
}
