import { expect, it } from "vitest";
import { createStateIndex, type StateIndex } from "../search/state-index.js";
import { createTimeSlice } from "../event-loop/time-slice.js";
import { essContent } from "../store/conformance/contents.fixture.js";
import { useStore } from "../store/conformance/use-store.fixture.js";
import { openSqliteStore } from "../store/sqlite/sqlite-store.js";
import { createEssService } from "./service.js";

const subject = useStore((folder) => openSqliteStore({ folder }));

const at = (value: number) => essContent({ state: Float32Array.of(value) });

/** Finds states in module m, where `meddle` writes between each search and the reading of its rows. */
async function searchBeside(meddle: (search: number) => Promise<unknown>, limit: number, query = 0) {
  const { store } = subject;
  await store.transact(async (tx) => {
    await tx.insertModule("m", 1, 1);
    for (const value of [10, 20, 30]) await tx.insertEss("m", at(value), 1);
  });
  const own = createStateIndex({ reader: store, memoryBudget: 2 ** 20, timeSlice: createTimeSlice() });
  let searches = 0;
  const index: StateIndex = {
    search: async (...question) => {
      const found = await own.search(...question);
      await meddle(++searches);
      return found;
    },
    stats: () => own.stats(),
  };
  const length = { max: 10, setting: "ECA_MAX_STATE_LENGTH" };
  const bounds = { stateLength: length, textLength: length, timeSlice: createTimeSlice() };
  const follower = { changed: async () => undefined };
  const pretty = { textOf: async () => undefined, replyTextLength: length, timeSlice: bounds.timeSlice };
  const service = createEssService({ store, index, clock: () => 2, pretty, follower, bounds });
  const found: [id: number, state: number, score: number][] = [];
  for await (const batch of await service.search("m", [query], limit)) {
    for (const { score, ess } of batch) found.push([ess.id, ess.state[0]!, score]);
  }
  return { found, searches };
}

const replace = (id: number, value: number) => subject.store.transact((tx) => tx.updateEss("m", id, at(value), 2));

it("a search beside no write is made once", async () => {
  expect(await searchBeside(async () => undefined, 2)).toEqual({
    found: [
      [1, 10, 10],
      [2, 20, 20],
    ],
    searches: 1,
  });
});

it("a state that is replaced after the search is neither told with its old distance nor found in its old place", async () => {
  expect(await searchBeside(async (search) => search === 1 && replace(1, 1000), 1)).toEqual({
    found: [[2, 20, 20]],
    searches: 2,
  });
});

it("a replacement that leaves the distance as it was is told at once", async () => {
  const { found, searches } = await searchBeside((search) => replace(1, search % 2 === 1 ? -10 : 10), 1);
  expect({ found, searches }).toEqual({ found: [[1, -10, 10]], searches: 1 });
});

it("a state that is replaced by a farther one of the same score is not found in its old place", async () => {
  const far = 2 ** 27;
  expect(await searchBeside(async (search) => search === 1 && replace(1, 23), 1, -far)).toEqual({
    found: [[2, 20, far + 16]],
    searches: 2,
  });
});

it("states that are replaced after every search are in the order of their distances, whatever their scores", async () => {
  const far = 2 ** 27;
  const { found } = await searchBeside((search) => replace(1, 20.5 + search / 4), 3, -far);
  expect(found.map(([id, , score]) => [id, score])).toEqual([
    [2, far + 16],
    [1, far + 16],
    [3, far + 32],
  ]);
});

it("a state that is replaced after every search is told with its own distance, nearest first", async () => {
  const { found, searches } = await searchBeside((search) => replace(1, 100 + search), 3);
  expect(searches).toBeGreaterThan(1);
  expect(found).toEqual([
    [2, 20, 20],
    [3, 30, 30],
    [1, 100 + searches, 100 + searches],
  ]);
});
