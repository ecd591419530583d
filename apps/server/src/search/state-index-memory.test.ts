import { describe, expect, it } from "vitest";
import { FakeReader, Gate } from "./fake-reader.fixture.js";
import { bruteForce } from "./oracle.fixture.js";
import { createStateIndex, type StateIndex } from "./state-index.js";
import { StateMatrix } from "./state-matrix.js";
import { createTimeSlice } from "../event-loop/time-slice.js";
import { statesPerPage } from "./state-pages.js";

describe("the memory budget", () => {
  const rowBytes = StateMatrix.bytesFor(1, 1);
  const query = Float32Array.of(1);

  function modules(...moduleIds: string[]): FakeReader {
    const reader = new FakeReader();
    for (const moduleId of moduleIds) reader.create(moduleId, 1);
    return reader;
  }

  async function isInMemory(index: StateIndex, reader: FakeReader, moduleId: string): Promise<boolean> {
    const { states } = reader.reads;
    await index.search(moduleId, query, 1);
    return reader.reads.states === states;
  }

  it("drops the least recently searched module, and builds it again on demand", async () => {
    const reader = modules("a", "b", "c");
    const index = createStateIndex({ reader, memoryBudget: 2 * rowBytes, timeSlice: createTimeSlice() });
    for (const moduleId of ["a", "b", "a", "c"]) await index.search(moduleId, query, 1);
    expect(index.stats()).toMatchObject({ modules: 2, rows: 2, bytes: 2 * rowBytes });
    expect(await isInMemory(index, reader, "a")).toBe(true);
    expect(await isInMemory(index, reader, "c")).toBe(true);
    expect(await isInMemory(index, reader, "b")).toBe(false);
    expect(await isInMemory(index, reader, "b")).toBe(true);
    expect(await isInMemory(index, reader, "a")).toBe(false);
    reader.update("b", 1, 5);
    expect(await index.search("b", query, 1)).toEqual([{ id: 1, squared: 16 }]);
  });

  it("drops several small modules for a large one, none where that is not enough", async () => {
    const reader = modules("a", "b", "c");
    for (let row = 0; row < 300; row++) reader.create("large", row);
    const large = StateMatrix.bytesFor(300, 1);
    const index = createStateIndex({ reader, memoryBudget: large + rowBytes - 1, timeSlice: createTimeSlice() });
    for (const moduleId of ["a", "b", "c"]) await index.search(moduleId, query, 1);
    expect(index.stats().modules).toBe(Math.ceil(2501 / statesPerPage(2)));
    await index.search("large", query, 1);
    expect(index.stats()).toMatchObject({ modules: 1, rows: 300, bytes: large });
    for (let row = 0; row < 3000; row++) reader.create("huge", row);
    expect(await index.search("huge", Float32Array.of(2999), 1)).toEqual([{ id: 3000, squared: 0 }]);
    expect(index.stats()).toMatchObject({ modules: 1, rows: 300 });
  });

  it("a module larger than the budget is searched in the store, exactly", async () => {
    const reader = new FakeReader();
    for (let row = 0; row < 5000; row++) reader.create("m", (row * 7919) % 5003, row % 3);
    const index = createStateIndex({ reader, memoryBudget: 10_000, timeSlice: createTimeSlice() });
    for (const limit of [1, 10, 6000]) {
      const far = Float32Array.of(0.5, 17);
      expect(await index.search("m", far, limit)).toEqual(bruteForce(reader.rowsOf("m"), far, limit));
    }
    expect(index.stats()).toMatchObject({ modules: 0, rows: 0, bytes: 0 });
    // Once enough identical states are found, no page behind them is read.
    const { states } = reader.reads;
    const { state } = reader.rowsOf("m")[2500]!;
    expect(await index.search("m", state, 1)).toEqual([{ id: 2501, squared: 0 }]);
    expect(reader.reads.states - states).toBe(Math.ceil(2501 / statesPerPage(2)));
  });

  it("a module that outgrows the budget leaves memory", async () => {
    const reader = modules("m");
    const index = createStateIndex({ reader, memoryBudget: 2 * rowBytes, timeSlice: createTimeSlice() });
    await index.search("m", query, 1);
    expect(index.stats().modules).toBe(1);
    for (let row = 0; row < 1000; row++) reader.create("m", row);
    expect(await index.search("m", Float32Array.of(998.75), 2)).toEqual([
      { id: 1001, squared: 0.0625 },
      { id: 1000, squared: 0.5625 },
    ]);
    expect(index.stats()).toMatchObject({ modules: 0, bytes: 0 });
  });

  it("a module that is being searched stays in memory; another is searched in the store meanwhile", async () => {
    const reader = modules("a", "b");
    const index = createStateIndex({ reader, memoryBudget: rowBytes, timeSlice: createTimeSlice() });
    const gate = new Gate(reader, "states");
    const first = index.search("a", query, 1);
    await gate.reached;
    reader.turn = () => Promise.resolve();
    expect(await index.search("b", Float32Array.of(3), 1)).toEqual([{ id: 1, squared: 4 }]);
    expect(index.stats()).toMatchObject({ modules: 1, bytes: rowBytes });
    gate.open();
    expect(await first).toEqual([{ id: 1, squared: 0 }]);
    expect(await isInMemory(index, reader, "a")).toBe(true);
    expect(await isInMemory(index, reader, "b")).toBe(false);
    expect(index.stats()).toMatchObject({ modules: 1, bytes: rowBytes });
    expect(await isInMemory(index, reader, "b")).toBe(true);
  });
});
