import { expect, test } from "vitest";
import { essContent } from "../store/conformance/contents.fixture.js";
import { useFolder } from "../store/sqlite/use-folder.fixture.js";
import type { EssState, Store } from "../store/store.js";
import { bruteForce } from "./oracle.fixture.js";
import { createStateIndex } from "./state-index.js";

const folder = useFolder();
const shape = 12;

test("finds each write once it is acknowledged, while writers go on, and the same after a restart", async () => {
  const store = await folder.open();
  await store.transact((tx) => tx.insertModule("m", shape, 1));
  const index = createStateIndex({ reader: store, memoryBudget: 2 ** 30 });
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
        expect(found.find((neighbour) => neighbour.id === id)).toEqual({ id, score: 0 });
      }
    }),
  );
  const queries = [stateOf(3, 7), stateOf(99, 1), new Float32Array(shape), new Float32Array(shape).fill(1e30)];
  const search = async (opened: Store, memoryBudget: number) => {
    const fresh = createStateIndex({ reader: opened, memoryBudget });
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

/** Repeats itself, so that distances tie. */
function stateOf(writer: number, round: number): Float32Array {
  return Float32Array.from({ length: shape }, (_, place) => ((writer + round * place) % 7) * 0.1);
}
