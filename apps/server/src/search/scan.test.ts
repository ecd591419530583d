import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { plainKernel, type DistanceKernel } from "./distance-kernel.js";
import type { Neighbour } from "./nearest-list.js";
import { poorKernels, servingKernels, withShortlists } from "./kernels.fixture.js";
import { bruteForce, float32, searchCase } from "./oracle.fixture.js";
import { Scan } from "./scan.js";
import type { EssState } from "../store/port/store.js";

describe.each([...servingKernels, ...poorKernels])("a scan with the $label kernel", ({ kernel }) => {
  it("equals brute force on ties, near ties, duplicates and extremes", () => {
    fc.assert(
      fc.property(
        searchCase({ maxShape: 20, maxRows: 40 }),
        fc.integer({ min: 1, max: 40 }),
        ({ rows, query, limit }, rowsPerBlock) => {
          expect(scan(kernel, rows, query, limit, rowsPerBlock)).toEqual(bruteForce(rows, query, limit));
        },
      ),
      { numRuns: 300 },
    );
  });

  it("equals brute force in blocks long enough for shortlists, many rows alike", () => {
    const state = fc.array(float32, { minLength: 3, maxLength: 3 }).map((numbers) => Float32Array.from(numbers));
    const places = fc.array(fc.nat(), { minLength: 300, maxLength: 900, size: "max" });
    fc.assert(
      fc.property(
        fc.array(state, { minLength: 1, maxLength: 40 }),
        places,
        state,
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 280, max: 700 }),
        (pool, places, query, limit, rowsPerBlock) => {
          const rows = places.map((place, row) => ({ id: row + 1, state: pool[place % pool.length]! }));
          expect(scan(kernel, rows, query, limit, rowsPerBlock)).toEqual(bruteForce(rows, query, limit));
        },
      ),
      { numRuns: 50 },
    );
  });

  it.each([1, 7, 100, 5000])("equals brute force among 3,000 rows that hardly differ, %i wanted", (limit) => {
    const shape = 24;
    const rows = Array.from({ length: 3000 }, (_, row): EssState => {
      const state = new Float32Array(shape).fill(1);
      state[row % shape] = 1 + ((row * 7919) % 5) * 2 ** -23;
      return { id: row + 1, state };
    });
    const query = new Float32Array(shape).fill(2);
    expect(scan(kernel, rows, query, limit, 1000)).toEqual(bruteForce(rows, query, limit));
  });

  it.each([1, 2, 7, 64, 500, 2048])(
    "equals brute force among %i numbers whose squares are the same in another order, or nearly",
    (shape) => {
      const numbers = Float32Array.from({ length: shape }, (_, place) => Math.cos(place * 7) * 10 ** ((place % 9) - 4));
      const rows = Array.from({ length: 24 }, (_, row): EssState => {
        const turn = Math.floor((row * 5 * shape) / 24);
        const state = Float32Array.from(numbers, (_, place) => numbers[(place + turn) % shape]!);
        // One number, mostly a small one, differs in its last bit: far less than 64-bit sums of the squares show.
        const words = new Int32Array(state.buffer);
        words[(row * 11) % shape]! += (row % 3) - 1;
        return { id: row + 1, state };
      });
      for (const query of [new Float32Array(shape), new Float32Array(shape).fill(0.1)]) {
        for (const limit of [1, 5, 24]) {
          expect(scan(kernel, rows, query, limit, 10)).toEqual(bruteForce(rows, query, limit));
        }
      }
    },
  );

  it("equals brute force where scores tie and squared distances do not", () => {
    for (let step = 0; step < 1000; step++) {
      const distance = Math.fround(1 + step / 1000);
      // Half a unit in the last place of the score, and a little less.
      const rise = Math.fround(Math.sqrt(distance * 2 ** -23 * 0.99));
      const rows = [rise, 0, 0, rise].map((number, row) => ({ id: row + 1, state: Float32Array.of(distance, number) }));
      const query = new Float32Array(2);
      expect(scan(kernel, rows, query, 1, 4)).toEqual(bruteForce(rows, query, 1));
    }
  });

  it("equals brute force where every row is nearer than the one before", () => {
    const rows = Array.from({ length: 2000 }, (_, row) => ({ id: row + 1, state: new Float32Array(9).fill(-row / 7) }));
    const query = new Float32Array(9).fill(-300);
    expect(scan(kernel, rows, query, 10, 300)).toEqual(bruteForce(rows, query, 10));
  });
});

describe("a kernel that can list the nearest rows alone", () => {
  function counting(): { kernel: DistanceKernel; calls: { shortlists: number[]; all: number } } {
    const counted = withShortlists(plainKernel);
    const calls = { shortlists: [] as number[], all: 0 };
    const kernel: DistanceKernel = {
      name: "plain",
      squaredDistances: (...block) => {
        calls.all++;
        return counted.squaredDistances(...block);
      },
      smallest: (query, rows, shape, count) => {
        calls.shortlists.push(count);
        return counted.smallest!(query, rows, shape, count);
      },
    };
    return { kernel, calls };
  }

  const apart = Array.from({ length: 4000 }, (_, row) => ({
    id: row + 1,
    state: Float32Array.of(Math.sin(row) * 100, Math.cos(row * 7) * 100),
  }));

  it("is not asked for all distances of rows that lie apart", () => {
    const { kernel, calls } = counting();
    const query = Float32Array.of(1, 2);
    expect(scan(kernel, apart, query, 10, 1000)).toEqual(bruteForce(apart, query, 10));
    expect(calls.all).toBe(0);
    expect(calls.shortlists).toHaveLength(4);
    expect(Math.max(...calls.shortlists)).toBeLessThan(60);
  });

  it("is asked for all distances where more rows are equally near than a shortlist holds, and at once in the next block", () => {
    const { kernel, calls } = counting();
    const rows = apart.map(({ id }) => ({ id, state: Float32Array.of(id % 3, 0) }));
    const query = Float32Array.of(0, 5);
    expect(scan(kernel, rows, query, 10, 1000)).toEqual(bruteForce(rows, query, 10));
    expect(calls).toEqual({ shortlists: [26], all: 4 });
  });

  it("is asked for all distances where the limit is high", () => {
    const { kernel, calls } = counting();
    const query = Float32Array.of(1, 2);
    expect(scan(kernel, apart, query, 900, 1000)).toEqual(bruteForce(apart, query, 900));
    expect(calls).toEqual({ shortlists: [], all: 4 });
  });
});

it("only the rows that may be among the nearest are computed exactly", () => {
  const shape = 64;
  const rows = Array.from({ length: 2000 }, (_, row) => ({ id: row + 1, state: new Float32Array(shape).fill(row) }));
  const states = Float32Array.from(rows.flatMap(({ state }) => [...state]));
  // Spoils the far rows after its pass: were they computed exactly, the list would fill with NaN.
  const spoiling: DistanceKernel = {
    name: "plain",
    squaredDistances: (query, block, shape) => {
      const distances = plainKernel.squaredDistances(query, block, shape);
      states.fill(Number.NaN);
      for (const row of [997, 998, 999, 1000, 1001, 1002, 1003]) states.fill(row, row * shape, (row + 1) * shape);
      return distances;
    },
  };
  const scanning = new Scan(spoiling, new Float32Array(shape).fill(1000), 5);
  const ids = Float64Array.from(rows, ({ id }) => id);
  scanning.offer({ states, ids }, rows.length);
  expect(scanning.toArray().map(({ id }) => id)).toEqual([1001, 1000, 1002, 999, 1003]);
});

describe("a block whose rows are all equally near, or nearly", () => {
  const shape = 1000;
  const numbers = Float32Array.from({ length: shape }, (_, place) => (place === 0 ? 2 ** -60 : Math.sin(place)));
  const rows = Array.from({ length: 600 }, (_, row): EssState => {
    const state = Float32Array.from(numbers, (_, place) => numbers[(place + row) % shape]!);
    // The last rows are the nearest, by far less than a 64-bit sum shows.
    if (row >= 590) state[(shape - row) % shape] = 0;
    return { id: row + 1, state };
  });
  const query = new Float32Array(shape);
  const blockOf = () => ({
    states: Float32Array.from(rows.flatMap(({ state }) => [...state])),
    ids: Float64Array.from(rows, ({ id }) => id),
  });

  it.each(servingKernels)("is compared in parts, between which others may have their turn: $label", ({ kernel }) => {
    const scanning = new Scan(kernel, query, 5);
    const block = blockOf();
    let parts = 1;
    for (let isDone = scanning.offer(block, rows.length); !isDone; isDone = scanning.goOn()) parts++;
    expect(parts).toBeGreaterThan(3);
    expect(scanning.toArray()).toEqual(bruteForce(rows, query, 5));
    expect(scanning.goOn()).toBe(true);
  });

  it("is found as it was when it was offered, whatever is written to it meanwhile", () => {
    const scanning = new Scan(plainKernel, query, 5);
    const block = blockOf();
    for (let isDone = scanning.offer(block, rows.length); !isDone; isDone = scanning.goOn()) {
      block.states.fill(1e30);
      plainKernel.squaredDistances(query, block.states, shape);
    }
    expect(scanning.toArray()).toEqual(bruteForce(rows, query, 5));
  });
});

function scan(
  kernel: DistanceKernel,
  rows: readonly EssState[],
  query: Float32Array,
  limit: number,
  rowsPerBlock: number,
): Neighbour[] {
  const scanning = new Scan(kernel, query, limit);
  for (let start = 0; start < rows.length; start += rowsPerBlock) {
    const part = rows.slice(start, start + rowsPerBlock);
    const states = new Float32Array(rowsPerBlock * query.length);
    for (const [row, { state }] of part.entries()) states.set(state, row * query.length);
    const ids = Float64Array.from(part, ({ id }) => id);
    for (let isDone = scanning.offer({ states, ids }, part.length); !isDone; isDone = scanning.goOn());
  }
  return scanning.toArray();
}
