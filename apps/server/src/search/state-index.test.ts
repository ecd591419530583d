import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadKernels, plainKernel } from "./distance-kernel.js";
import { FakeReader, Gate } from "./fake-reader.fixture.js";
import { History } from "./history.fixture.js";
import { bruteForce } from "./oracle.fixture.js";
import { createStateIndex, type StateIndex } from "./state-index.js";
import { statesPerPage } from "./state-pages.js";
import { StateMatrix } from "./state-matrix.js";
import { createTimeSlice } from "../event-loop/time-slice.js";

const ample = 2 ** 30;

function indexOver(reader: FakeReader, memoryBudget = ample) {
  return createStateIndex({ reader, memoryBudget, timeSlice: createTimeSlice() });
}

describe("a search", () => {
  it("finds the nearest state of the example in the wire specification", async () => {
    const reader = new FakeReader();
    reader.create("room", 18, 70, 15, 1, 25);
    reader.create("temperature", 28);
    const index = indexOver(reader);
    const [match] = await index.search("room", Float32Array.of(20, 70, 10, 2, 29), 1);
    expect(match).toEqual({ id: 1, squared: 46 });
    expect(await index.search("temperature", Float32Array.of(29), 1)).toEqual([{ id: 1, squared: 1 }]);
  });

  it("an unknown module has no states", async () => {
    expect(await indexOver(new FakeReader()).search("nobody", Float32Array.of(1), 3)).toEqual([]);
  });

  it("a module that is gone has no states, and leaves memory", async () => {
    const reader = new FakeReader();
    reader.create("m", 1);
    const index = indexOver(reader);
    await index.search("m", Float32Array.of(1), 1);
    reader.remove("m");
    expect(await index.search("m", Float32Array.of(1), 1)).toEqual([]);
    expect(index.stats()).toMatchObject({ modules: 0, rows: 0, bytes: 0 });
  });

  it("rejects a query of another shape, and a limit that is no positive integer", async () => {
    const reader = new FakeReader();
    reader.create("m", 1, 2);
    const index = indexOver(reader);
    await expect(index.search("m", Float32Array.of(1), 1)).rejects.toThrow(/query of 1 numbers.*"m" of shape 2/);
    for (const limit of [0, -1, 1.5, Number.NaN]) {
      await expect(index.search("m", Float32Array.of(1, 2), limit)).rejects.toThrow(RangeError);
    }
  });

  it("says what is in memory and which kernel computes", async () => {
    const reader = new FakeReader();
    reader.create("a", 1);
    reader.create("a", 2);
    reader.create("b", 1, 2, 3);
    const index = indexOver(reader);
    expect(index.stats()).toEqual({ modules: 0, rows: 0, bytes: 0, kernel: undefined });
    await index.search("a", Float32Array.of(1), 1);
    await index.search("b", Float32Array.of(1, 2, 3), 1);
    const { simd } = await loadKernels();
    const bytes = StateMatrix.bytesFor(2, 1) + StateMatrix.bytesFor(1, 3);
    expect(index.stats()).toEqual({ modules: 2, rows: 3, bytes, kernel: (simd ?? plainKernel).name });
  });

  it("goes on with the plain kernel where there is no other", async () => {
    const reader = new FakeReader();
    for (let row = 0; row < 50; row++) reader.create("m", ...Array.from({ length: 16 }, (_, place) => row * place));
    const kernels = () => Promise.resolve({ plain: plainKernel });
    const index = createStateIndex({ reader, memoryBudget: ample, timeSlice: createTimeSlice(), kernels });
    const query = new Float32Array(16).fill(33);
    expect(await index.search("m", query, 9)).toEqual(bruteForce(reader.rowsOf("m"), query, 9));
    expect(index.stats().kernel).toBe("plain");
  });
});

describe("following the store", () => {
  it("equals brute force after any additions and replacements, with any budget", async () => {
    const number = fc.constantFrom(0, -0, 1, 2, 2.5);
    const step = fc.record({
      moduleId: fc.constantFrom("a", "b", "c"),
      update: fc.option(fc.nat()),
      numbers: fc.tuple(number, number),
      limit: fc.integer({ min: 1, max: 6 }),
      isSearched: fc.boolean(),
    });
    const budgets = [0, 4000, 7000, ample];
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.constantFrom(...budgets), async (steps, budget) => {
        const reader = new FakeReader();
        const index = indexOver(reader, budget);
        for (const { moduleId, update, numbers, limit, isSearched } of steps) {
          const { length } = reader.rowsOf(moduleId);
          if (update === null || length === 0) reader.create(moduleId, ...numbers);
          else reader.update(moduleId, 1 + (update % length), ...numbers);
          reader.appendSequence(moduleId);
          if (!isSearched) continue;
          const query = Float32Array.of(1, 0);
          expect(await index.search(moduleId, query, limit)).toEqual(bruteForce(reader.rowsOf(moduleId), query, limit));
          expect(index.stats().bytes).toBeLessThanOrEqual(budget);
        }
      }),
    );
  });

  it("reads the changes alone once it has loaded, and nothing where nothing changed", async () => {
    const reader = new FakeReader();
    for (let row = 0; row < 5000; row++) reader.create("m", row);
    const pages = Math.ceil(5000 / statesPerPage(1));
    const index = indexOver(reader);
    await index.search("m", Float32Array.of(1), 1);
    expect(reader.reads).toEqual({ module: 1, states: pages, changes: 0 });
    reader.appendSequence("m");
    await index.search("m", Float32Array.of(1), 1);
    expect(reader.reads).toEqual({ module: 2, states: pages, changes: 0 });
    for (const id of [7, 8, 9, 4000, 8]) reader.update("m", id, 6000);
    reader.create("m", 6000);
    expect(await index.search("m", Float32Array.of(6000), 9)).toEqual(
      bruteForce(reader.rowsOf("m"), Float32Array.of(6000), 9),
    );
    // Neighbouring rows are read together: 7 to 9, 4000, 5001.
    expect(reader.reads).toEqual({ module: 3, states: pages + 3, changes: 1 });
  });

  it("catches up over many pages of changes", async () => {
    const reader = new FakeReader();
    reader.create("m", 0);
    const index = indexOver(reader);
    await index.search("m", Float32Array.of(1), 1);
    for (let row = 1; row < 3500; row++) reader.create("m", row);
    expect(await index.search("m", Float32Array.of(3400), 3)).toEqual(
      bruteForce(reader.rowsOf("m"), Float32Array.of(3400), 3),
    );
    expect(reader.reads.changes).toBe(4);
    expect(index.stats().rows).toBe(3500);
  });

  it("loads anew where the log no longer reaches back", async () => {
    const reader = new FakeReader();
    reader.create("m", 1);
    const index = indexOver(reader);
    await index.search("m", Float32Array.of(5), 1);
    reader.create("m", 5);
    reader.update("m", 1, 4);
    reader.forgetLog("m");
    const query = Float32Array.of(5.5);
    expect(await index.search("m", query, 5)).toEqual(bruteForce(reader.rowsOf("m"), query, 5));
  });

  it("loads anew where the store went back, or the module came again in another shape", async () => {
    const reader = new FakeReader();
    for (const number of [1, 2, 3]) reader.create("m", number);
    const index = indexOver(reader);
    await index.search("m", Float32Array.of(2), 1);
    reader.remove("m");
    reader.create("m", 9);
    expect(await index.search("m", Float32Array.of(2), 5)).toEqual([{ id: 1, squared: 49 }]);
    reader.remove("m");
    for (const number of [1, 2, 3]) reader.create("m", number, number);
    expect(await index.search("m", Float32Array.of(2, 2), 1)).toEqual([{ id: 2, squared: 0 }]);
    expect(index.stats()).toMatchObject({ modules: 1, rows: 3 });
  });

  it("a read that fails fails the searches that wait for it, and the next one succeeds", async () => {
    const reader = new FakeReader();
    reader.create("m", 1);
    const index = indexOver(reader);
    const fails = (failing: string) => (read: string) =>
      read === failing ? Promise.reject(new Error("disk")) : Promise.resolve();
    const query = Float32Array.of(2);
    reader.turn = fails("states");
    await expect(index.search("m", query, 1)).rejects.toThrow("disk");
    expect(index.stats()).toMatchObject({ modules: 0, bytes: 0 });
    reader.turn = () => Promise.resolve();
    expect(await index.search("m", query, 1)).toEqual([{ id: 1, squared: 1 }]);
    reader.create("m", 2);
    reader.turn = fails("changes");
    const both = await Promise.allSettled([index.search("m", query, 1), index.search("m", query, 1)]);
    expect(both.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    reader.turn = fails("states");
    await expect(index.search("m", query, 1)).rejects.toThrow("disk");
    reader.turn = () => Promise.resolve();
    expect(await index.search("m", query, 1)).toEqual([{ id: 2, squared: 0 }]);
  });
});

describe("searches at the same time", () => {
  it("share one load", async () => {
    const reader = new FakeReader();
    for (let row = 0; row < 3000; row++) reader.create("m", row);
    const index = indexOver(reader);
    const gate = new Gate(reader, "states");
    const searches = Array.from({ length: 8 }, () => index.search("m", Float32Array.of(2999), 1));
    await gate.reached;
    gate.open();
    for (const found of await Promise.all(searches)) expect(found).toEqual([{ id: 3000, squared: 0 }]);
    expect(reader.reads).toEqual({ module: 8, states: Math.ceil(3000 / statesPerPage(1)), changes: 0 });
  });

  it("one that begins after a write during a load sees it; nothing is loaded twice", async () => {
    const reader = new FakeReader();
    for (let row = 0; row < 3000; row++) reader.create("m", row);
    const index = indexOver(reader);
    const gate = new Gate(reader, "states");
    const first = index.search("m", Float32Array.of(5000), 1);
    await gate.reached;
    reader.create("m", 5000);
    reader.update("m", 1, 4999);
    const second = index.search("m", Float32Array.of(5000), 2);
    gate.open();
    expect(await second).toEqual([
      { id: 3001, squared: 0 },
      { id: 1, squared: 1 },
    ]);
    expect((await first)[0]!.squared).toBeLessThanOrEqual(2001 ** 2);
    expect(reader.reads).toMatchObject({ changes: 1 });
  });

  it("share one catch-up", async () => {
    const reader = new FakeReader();
    reader.create("m", 0);
    const index = indexOver(reader);
    await index.search("m", Float32Array.of(0), 1);
    reader.create("m", 7);
    const gate = new Gate(reader, "changes");
    const searches = Array.from({ length: 8 }, () => index.search("m", Float32Array.of(7), 1));
    await gate.reached;
    gate.open();
    for (const found of await Promise.all(searches)) expect(found).toEqual([{ id: 2, squared: 0 }]);
    expect(reader.reads.changes).toBe(1);
  });

  it("under every order of reads and writes, each is exact for states that it may have seen", async () => {
    const operation = fc.oneof(
      fc.record({ kind: fc.constant("create" as const), number: fc.nat(9) }),
      fc.record({ kind: fc.constant("update" as const), row: fc.nat(), number: fc.nat(9) }),
      fc.record({ kind: fc.constant("search" as const), number: fc.nat(9), limit: fc.constantFrom(1, 2, 100) }),
      fc.record({ kind: fc.constant("search another module" as const) }),
    );
    // Memory for no module, for one of them, for both.
    const budgets = fc.constantFrom(0, 3500, ample);
    const kernels = await loadKernels();
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(operation, { maxLength: 25 }),
        budgets,
        async (s, operations, budget) => {
          const reader = new FakeReader();
          reader.turn = (read) => s.schedule(Promise.resolve(), read);
          const history = new History(reader, "m");
          history.create(0);
          reader.create("other", 1);
          const index = createStateIndex({
            reader,
            memoryBudget: budget,
            timeSlice: createTimeSlice(),
            kernels: () => Promise.resolve(kernels),
          });
          const mistakes: Promise<string[]>[] = [];
          const begin = (operation: (typeof operations)[number]): void => {
            if (operation.kind === "create") history.create(operation.number);
            else if (operation.kind === "update") history.update(operation.row, operation.number);
            else if (operation.kind === "search") mistakes.push(mistakesIn(index, history, operation));
            else
              mistakes.push(
                index.search("other", Float32Array.of(1), 1).then(([found]) => (found?.id === 1 ? [] : ["1"])),
              );
          };
          const { task } = s.scheduleSequence(
            operations.map((operation) => ({ label: operation.kind, builder: async () => begin(operation) })),
          );
          await s.waitFor(task);
          expect((await s.waitFor(Promise.all(mistakes))).flat()).toEqual([]);
        },
      ),
      { numRuns: 300 },
    );
  });
});

async function mistakesIn(
  index: StateIndex,
  history: History,
  { number, limit }: { number: number; limit: number },
): Promise<string[]> {
  const begin = history.now;
  const query = Float32Array.of(number);
  const found = await index.search("m", query, limit);
  return history.mistakesIn(found, query, limit, begin);
}
