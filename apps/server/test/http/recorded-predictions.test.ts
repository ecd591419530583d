import { beforeAll, describe, expect, it } from "vitest";
import { openStore } from "../../src/open-store.js";
import { essContent, sequenceContent } from "../../src/store/conformance/contents.fixture.js";
import type { Transaction } from "../../src/store/port/store.js";
import { startTestServer, type TestServer } from "../test-server.fixture.js";

/**
 * Chains that the original server gave in public recordings. Its states and logs were not all published with them:
 * where a log is made up here, it has the structure that the recording tells, and says so. Numbers are the recorded
 * ones where the answer hangs on them.
 */
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

/** Stores states, of which the first one has id 1, and a log of their ids. */
async function module(module_id: string, states: readonly number[][], log: readonly number[], status = "n") {
  for (const state of states) {
    expect((await server.post("/v1/ess", { module_id, state, valence: 50 })).status).toBe(201);
  }
  for (const instance_id of log) await server.post("/v1/sequence", { module_id, instance_id, status });
}

/** Writes beside the running server: for logs that would take long entry by entry. */
async function seed(work: (tx: Transaction) => Promise<void>): Promise<void> {
  const store = await openStore({ folder: server.folder, shared: true });
  await store.transact(work);
  await store.close();
}

async function chain(question: object): Promise<number[]> {
  const { status, json } = await server.post("/v1/predictions/raw", question);
  expect(status).toBe(200);
  const steps: { list: { aggregate_id: number; ess_id: number }[] }[] = json.next_state;
  return steps.map(({ list }) => list[0]!.aggregate_id || list[0]!.ess_id);
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

/** The rows of the building demo: air quality index, temperature, occupancy, air conditioner, purifier. */
const building = [
  [30, 28, 4, 20, 1],
  [40, 24, 5, 20, 1],
  [45, 23.1, 6, 20, 1],
  [50, 24, 9, 18, 1],
  [70, 25, 15, 18, 1],
  [60, 23, 10, 18, 1],
  [50, 22, 10, 18, 1],
  [40, 21, 9, 20, 1],
  [30, 20, 8, 20, 1],
  [30, 19, 6, 20, 1],
  [30, 18, 4, 22, 1],
  [20, 18, 3, 22, 1],
  [18, 19, 2, 25, 2],
  [18, 19, 2, 25, 2],
  [18, 20, 2, 24, 2],
  [10, 20, 1, 25, 2],
  [15, 19, 1, 25, 2],
  [20, 20, 4, 25, 2],
  [30, 24, 9, 22, 2],
  [34, 25, 12, 25, 1],
  [40, 26, 15, 22, 1],
  [43, 24, 15, 18, 1],
  [44, 22, 12, 18, 1],
  [40, 21, 14, 18, 1],
  [30, 20, 13, 18, 1],
  [27, 18, 12, 18, 1],
  [22, 18, 12, 20, 1],
  [18, 19, 10, 20, 2],
  [18, 18, 9, 20, 2],
  [17, 19, 8, 22, 2],
  [18, 20, 7, 23, 2],
  [17, 21, 5, 25, 2],
  [17, 22, 2, 25, 2],
  [17, 23, 1, 25, 2],
];

/** Distinct rows, and per row which of them it is, counted from 1. */
function distinct(rows: readonly number[][]): { states: number[][]; log: number[] } {
  const keys = [...new Set(rows.map((row) => row.join()))];
  return {
    states: keys.map((key) => key.split(",").map(Number)),
    log: rows.map((row) => keys.indexOf(row.join()) + 1),
  };
}

/** A module of which each pass of a log is predicted entry by entry, as a twin that lives does. */
async function passes(module_id: string, log: readonly number[], count: number, scope: object) {
  const predicted: (number | undefined)[] = [];
  for (let pass = 1; pass <= count; pass++) {
    for (const instance_id of log) {
      await server.post("/v1/sequence", { module_id, instance_id, status: "e" });
      if (pass === count) predicted.push(...(await chain({ module_id, n: 1, ...scope })));
    }
  }
  return predicted;
}

describe("the recorded chain", () => {
  it("of temperature goes from 25 to 24, 23.1 and 23: no entry with the status n was there before", async () => {
    // The states had been created beforehand, so that each entry of the log has the status e.
    const temperatures = building.map(([, temperature]) => [temperature!]);
    const { states, log } = distinct(temperatures);
    // In the recording the first state of the log has id 2.
    await module("temperature", [[0], ...states], []);
    for (const id of log) {
      await server.post("/v1/sequence", { module_id: "temperature", instance_id: id + 1, status: "e" });
    }
    expect((await server.get("/v1/ess/temperature/5")).json.state).toEqual([25]);
    const question = { module_id: "temperature", recall: 3, range: 2, n: 3, status: "n" };
    expect(await chain({ ...question, current_state: 5, previous_state: [4, 7] })).toEqual([3, 4, 6]);
  });

  it("of an aggregate that has just been created goes to the nearest, and on", async () => {
    // An entry with status n for each aggregate, in the order of their creation; the first one is id 2, the 14th row
    // is the 13th again. The recording stops at id 32.
    const { states } = distinct(
      building.map(([aqi, temperature, ...rest]) => [rest[1]!, aqi!, rest[0]!, rest[2]!, temperature!]),
    );
    await module("aggregate001", [[0, 0, 0, 0, 0], ...states.slice(0, 31), [25, 90, 10, 2, 29]], range(2, 32));
    const question = { module_id: "aggregate001", recall: 3, range: 2, n: 3, status: "n" };
    expect(await chain({ ...question, current_state: 33, previous_state: [20, 25] })).toEqual([6, 7, 8]);
  });

  it("of bitcoin goes between two near prices, with two different limits", async () => {
    // The recorded prices of the newest state and of the two that are nearest, in a log of 3,083 states that never
    // repeats itself. All others only have to lie further away.
    const near = new Map([
      [2188, 26476.13],
      [3068, 26475.607],
      [3083, 26469.581684007026],
    ]);
    await seed(async (tx) => {
      await tx.insertModule("btc", 1, 1);
      for (const id of range(1, 3083)) {
        const state = Float32Array.of(near.get(id) ?? 30_000 + 50 * id);
        await tx.insertEss("btc", essContent({ state }), id);
        await tx.insertSequence("btc", sequenceContent({ instance_id: id }), id);
      }
    });
    expect((await server.get("/v1/ess/btc/3083")).json.state).toEqual([26469.582]);

    const expected = Array.from({ length: 10 }, (_, step) => (step % 2 === 0 ? 3068 : 2188));
    for (const scope of [
      { recall: 10, range: 30 },
      { recall: 3, range: 3 },
    ]) {
      expect(await chain({ module_id: "btc", ...scope, n: 10, status: "n" })).toEqual(expected);
    }
  });

  it("of a recommendation goes on by nearest states where the log knows each of them in another context", async () => {
    // Recorded: 83 -> 41, 56, 2, 52, 2 of 83 aggregates in the order of their creation. Their vectors were not
    // published; these have the same neighbours.
    const place = new Map([
      [83, 0],
      [41, 1],
      [56, 1.9],
      [2, 2.6],
      [52, 3.2],
    ]);
    await module(
      "recsys",
      range(1, 83).map((id) => [place.get(id) ?? 100 * id]),
      range(1, 83),
    );
    const question = { module_id: "recsys", recall: 3, range: 2, n: 5, status: "n" };
    expect(await chain({ ...question, current_state: 83, previous_state: [60, 20] })).toEqual([41, 56, 2, 52, 2]);
  });

  it("of the building demo is right for each of the 34 rows from the second pass on", async () => {
    const { states, log } = distinct(building);
    await module("building", states, []);
    const next = [...log.slice(1), log[0]];
    expect(await passes("building", log, 2, { recall: 20, range: 20 })).toEqual(next);
  });

  it("of the arc demo is 297 zeros, without limits of range and recall", async () => {
    // The task's cells: a grid of zeros with a 2 and an 8 in it, ten equal rows, and a grid with a 3 and a 4.
    const grid = (length: number, cells: Record<number, number>) =>
      Array.from({ length }, (_, index) => cells[index] ?? 0);
    const row = [0, 0, 0, 0, 0, 2, 0, 8, 0, 2, 0, 8, 0, 2, 0, 2, 0, 8, 0, 2, 0, 8, 0, 2, 0];
    const train = [...grid(250, { 5: 2, 232: 8 }), ...Array.from({ length: 10 }, () => row).flat()];
    const test = grid(297, { 5: 3, 280: 4 });
    const cells = [0, 2, 8, 3, 4];
    await module(
      "arc_cell",
      cells.map((cell) => [cell]),
      [],
    );
    const seen = new Set<number>();
    await seed(async (tx) => {
      for (const cell of [...train, ...test]) {
        const content = { instance_id: cells.indexOf(cell) + 1, status: seen.has(cell) ? "e" : "n" };
        seen.add(cell);
        await tx.insertSequence("arc_cell", sequenceContent(content), 1);
      }
    });
    // As in the recording, the caller names all cells of the test, and puts the current one in front.
    const previous_state = test.map((cell) => cells.indexOf(cell) + 1).toReversed();
    const question = { module_id: "arc_cell", n: 297, range: 50, recall: 50, status: "e", use_range_n_recall: false };
    expect(await chain({ ...question, current_state: previous_state[0], previous_state })).toEqual(
      Array.from({ length: 297 }, () => 1),
    );
  });
});

describe("recall counts occurrences of the current state, not rows", () => {
  it("so that a cycle of 5 that was seen five times is right with the defaults", async () => {
    await module(
      "cycle",
      range(1, 5).map((number) => [number]),
      [],
    );
    const log = [1, 4, 2, 5, 3];
    expect(await passes("cycle", log, 5, {})).toEqual([4, 2, 5, 3, 1]);
  });

  it("so that a cycle of 34 that was seen twice is right with 20 of each", async () => {
    const log = range(1, 34).map((id) => ((id * 13) % 34) + 1);
    await module(
      "long",
      range(1, 34).map((number) => [number]),
      [],
    );
    expect(await passes("long", log, 2, { recall: 20, range: 20 })).toEqual([...log.slice(1), log[0]]);
  });
});
