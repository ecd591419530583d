import { setImmediate } from "node:timers/promises";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { EssState } from "../store/port/store.js";
import { plainKernel } from "./distance-kernel.js";
import { servingKernels } from "./kernels.fixture.js";
import { bruteForce, float32, searchCase, squareOf } from "./oracle.fixture.js";
import { StateMatrix } from "./state-matrix.js";
import { createTimeSlice } from "../event-loop/time-slice.js";

const plain = { kernel: plainKernel, timeSlice: createTimeSlice() };

describe.each(servingKernels)("a matrix with the $label kernel", ({ kernel }) => {
  it("equals brute force, block by block", async () => {
    await fc.assert(
      fc.asyncProperty(
        searchCase({ maxShape: 12, maxRows: 60 }),
        fc.integer({ min: 1, max: 200 }),
        async ({ shape, rows, query, limit }, numbersPerBlock) => {
          const matrix = matrixOf(rows, shape, numbersPerBlock);
          expect(await matrix.nearest(query, limit, { kernel, timeSlice: createTimeSlice() })).toEqual(
            bruteForce(rows, query, limit),
          );
        },
      ),
      { numRuns: 200 },
    );
  });

  it("equals brute force after every addition and replacement", async () => {
    const step = fc.record({
      id: fc.option(fc.nat(), { freq: 1 }),
      numbers: fc.tuple(fc.constantFrom(0, 1), fc.oneof(fc.constantFrom(0, -0, 1), float32)),
      limit: fc.integer({ min: 1, max: 5 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.nat(3), async (steps, gap) => {
        const matrix = new StateMatrix(2, 10);
        const rows = new Map<number, EssState>();
        for (const { id, numbers, limit } of steps) {
          const ids = [...rows.keys()];
          const used = id === null || ids.length === 0 ? 1 + ids.length * (1 + gap) : ids[id % ids.length]!;
          const state = Float32Array.from(numbers);
          rows.set(used, { id: used, state });
          matrix.put(used, state);
          for (const query of [state, Float32Array.of(0, 1), Float32Array.of(-0, 2)]) {
            expect(await matrix.nearest(query, limit, { kernel, timeSlice: createTimeSlice() })).toEqual(
              bruteForce(rows.values(), query, limit),
            );
          }
        }
        expect(matrix.rows).toBe(rows.size);
      }),
    );
  });

  it("50,000 identical rows among others: lowest ids first, near and identical queries alike", async () => {
    const rows = Array.from({ length: 60_000 }, (_, row): EssState => {
      const state = new Float32Array(9).fill(0.1);
      if (row % 6 === 0) state[8] = row;
      return { id: row + 1, state };
    });
    const matrix = matrixOf(rows, 9);
    const same = new Float32Array(9).fill(0.1);
    const near = new Float32Array(9).fill(0.1 + 1e-6);
    for (const limit of [1, 3, 100]) {
      expect(await matrix.nearest(same, limit, { kernel, timeSlice: createTimeSlice() })).toEqual(
        bruteForce(rows, same, limit),
      );
      expect(await matrix.nearest(near, limit, { kernel, timeSlice: createTimeSlice() })).toEqual(
        bruteForce(rows, near, limit),
      );
    }
    // Each replaced row hands the lowest place on to the next.
    for (let id = 1; id <= 25_000; id++) matrix.put(id, new Float32Array(9).fill(7));
    expect(await matrix.nearest(same, 1, { kernel, timeSlice: createTimeSlice() })).toEqual([
      { id: 25_001, squared: 0 },
    ]);
    expect(await matrix.nearest(new Float32Array(9).fill(7), 1, { kernel, timeSlice: createTimeSlice() })).toEqual([
      { id: 1, squared: 0 },
    ]);
  });

  it("10,800 numbers a row", async () => {
    const shape = 10_800;
    const rows = Array.from({ length: 230 }, (_, row): EssState => {
      const state = Float32Array.from({ length: shape }, (_, place) => Math.sin(place + (row % 20)) * 1e4);
      state[row] = 0.5;
      return { id: row + 1, state };
    });
    const matrix = matrixOf(rows, shape);
    const query = Float32Array.from({ length: shape }, (_, place) => Math.sin(place + 3.4) * 1e4);
    expect(await matrix.nearest(query, 10, { kernel, timeSlice: createTimeSlice() })).toEqual(
      bruteForce(rows, query, 10),
    );
    expect(await matrix.nearest(rows[200]!.state, 2, { kernel, timeSlice: createTimeSlice() })).toEqual(
      bruteForce(rows, rows[200]!.state, 2),
    );
  });

  it("others have their turn during a long search, and their writes are seen whole or not at all", async () => {
    let now = 0;
    const timeSlice = createTimeSlice(() => (now += 1000));
    const before = Array.from({ length: 38 }, (_, row) => ({ id: row + 1, state: Float32Array.of(row, 0) }));
    const matrix = matrixOf(before, 2, 8);
    const query = Float32Array.of(100, 0);
    let turns = 0;
    const search = matrix.nearest(query, 40, { kernel, timeSlice }).then((found) => ({ found, end: turns }));
    for (; turns < 30; turns++) {
      matrix.put(1 + ((turns * 13) % 38), Float32Array.of(turns, 50));
      matrix.put(39 + turns, Float32Array.of(100, 0));
      await setImmediate();
    }
    const { found, end } = await search;
    // Ten blocks, the last not full, a turn after each.
    expect(end).toBeGreaterThan(5);
    expect(end).toBeLessThan(20);
    expect(found.map(({ id }) => id).toSorted((a, b) => a - b)).toEqual(before.map(({ id }) => id));
    const { length } = found.filter(({ id, squared }) => squared === squareOf(before[id - 1]!.state, query));
    expect(length).toBeGreaterThan(0);
    for (const { id, squared } of found) {
      const turn = Array.from({ length: end + 1 }, (_, turn) => turn).filter((turn) => 1 + ((turn * 13) % 38) === id);
      const states = [before[id - 1]!.state, ...turn.map((turn) => Float32Array.of(turn, 50))];
      expect(states.map((state) => squareOf(state, query))).toContain(squared);
    }
  });

  it("a query is read from where its view begins", async () => {
    const rows = [77, 9, 1, 2, 3].map((number, row) => ({ id: row + 1, state: new Float32Array(9).fill(number) }));
    const query = Float32Array.from({ length: 18 }, (_, place) => (place < 9 ? 77 : 2.25)).subarray(9);
    expect(await matrixOf(rows, 9).nearest(query, 1, { kernel, timeSlice: createTimeSlice() })).toEqual([
      { id: 4, squared: 0.5625 },
    ]);
  });
});

it("finds the nearest states of the examples in the wire specification", async () => {
  const five = matrixOf([{ id: 1, state: Float32Array.of(18, 70, 15, 1, 25) }], 5);
  expect(await five.nearest(Float32Array.of(20, 70, 10, 2, 29), 1, plain)).toEqual([{ id: 1, squared: 46 }]);
  expect(Math.sqrt(46).toPrecision(6)).toBe("6.78233");
  const one = matrixOf([{ id: 1, state: Float32Array.of(28) }], 1);
  expect(await one.nearest(Float32Array.of(29), 1, plain)).toEqual([{ id: 1, squared: 1 }]);
});

it("a matrix without rows has none to offer", async () => {
  expect(await new StateMatrix(3).nearest(new Float32Array(3), 1, plain)).toEqual([]);
  expect(await new StateMatrix(3).nearest(new Float32Array(3), 5, plain)).toEqual([]);
});

it("throws a RangeError for ids and shapes that the store never returns", () => {
  const matrix = matrixOf(
    [2, 4].map((id) => ({ id, state: Float32Array.of(id) })),
    1,
  );
  expect(() => matrix.put(3, Float32Array.of(1))).toThrow(RangeError);
  expect(() => matrix.put(1, Float32Array.of(1))).toThrow(RangeError);
  expect(() => matrix.put(5, Float32Array.of(1, 2))).toThrow(RangeError);
  expect(matrix.rows).toBe(2);
});

it("takes the memory that was calculated, whatever the number of rows", () => {
  for (const [shape, maxRows] of [
    [1, 3000],
    [3, 100],
    [200_000, 12],
    [1_000_000, 4],
    [2_000_000, 2],
  ] as const) {
    const matrix = new StateMatrix(shape);
    const state = new Float32Array(shape);
    expect(StateMatrix.bytesFor(0, shape)).toBe(matrix.bytes);
    for (let id = 1; id <= maxRows; id++) {
      state[0] = id;
      matrix.put(id, state);
      expect(StateMatrix.bytesFor(id, shape)).toBe(matrix.bytes);
    }
    expect(matrix.bytes).toBeGreaterThan(maxRows * shape * 4);
  }
});

function matrixOf(rows: readonly EssState[], shape: number, numbersPerBlock?: number): StateMatrix {
  const matrix = new StateMatrix(shape, numbersPerBlock);
  for (const { id, state } of rows) matrix.put(id, state);
  return matrix;
}
