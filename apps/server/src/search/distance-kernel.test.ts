import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { squaredDistance } from "./distance.js";
import { kernelFor, loadKernels, plainKernel, type DistanceKernel, type Shortlist } from "./distance-kernel.js";
import { ErrorBound } from "./error-bound.js";
import { poorKernels, servingKernels, withShortlists } from "./kernels.fixture.js";
import { searchCase } from "./oracle.fixture.js";

const kernels = [...servingKernels, ...poorKernels.filter(({ label }) => label !== "blind")];

describe.each(kernels)("the $label kernel", ({ kernel }) => {
  it("stays within the error bound, at every magnitude", () => {
    fc.assert(
      fc.property(searchCase({ maxShape: 70, maxRows: 20 }), ({ shape, rows, query }) => {
        const states = Float32Array.from(rows.flatMap(({ state }) => [...state]));
        const distances = kernel.squaredDistances(query.slice(), states, shape);
        expect(distances).toHaveLength(rows.length);
        for (const [row, distance] of distances.entries()) {
          const exact = squaredDistance(query, states, row * shape);
          expect([distance, exact, isWithinBound(distance, exact, shape)]).toEqual([distance, exact, true]);
        }
      }),
    );
  });

  it("stays within the error bound for 10,800 numbers", () => {
    const shape = 10_800;
    const query = Float32Array.from({ length: shape }, (_, place) => Math.sin(place) * 1000);
    const rows = Float32Array.from({ length: 2 * shape }, (_, place) => Math.cos(place * 7) * 1000);
    const distances = kernel.squaredDistances(query, rows, shape);
    for (const row of [0, 1]) {
      const exact = squaredDistance(query, rows, row * shape);
      expect(isWithinBound(distances[row]!, exact, shape)).toBe(true);
      expect(isWithinBound(distances[row]! * 1.01, exact, shape)).toBe(false);
      expect(isWithinBound(distances[row]! * 0.99, exact, shape)).toBe(false);
    }
  });
});

describe.each(kernels.filter(({ kernel }) => kernel.smallest !== undefined))("the $label kernel", ({ kernel }) => {
  it("lists the rows of the smallest distances, at every magnitude", () => {
    fc.assert(
      fc.property(searchCase({ maxShape: 70, maxRows: 20 }), fc.nat(), ({ shape, rows, query }, wanted) => {
        const states = Float32Array.from(rows.flatMap(({ state }) => [...state]));
        const all = kernel.squaredDistances(query.slice(), states, shape).slice();
        const count = 1 + (wanted % rows.length);
        const { places, distances } = kernel.smallest!(query.slice(), states, shape, count);
        expect([...distances]).toEqual([...all].toSorted((a, b) => (a === b ? 0 : a < b ? -1 : 1)).slice(0, count));
        expect(Array.from(places, (place) => all[Number(place)])).toEqual([...distances]);
        expect(new Set(places).size).toBe(count);
      }),
    );
  });
});

describe("loadKernels", () => {
  it("serves with the plain kernel where the library does not load", async () => {
    const simdError = new Error("no native build was found");
    const kernels = await loadKernels(() => Promise.reject(simdError));
    expect(kernels).toEqual({ plain: plainKernel, simdError });
    expect(kernelFor(kernels, 1536)).toBe(plainKernel);
  });

  it.each([
    ["wrong", 2],
    ["not a number", Number.NaN],
    ["missing", undefined],
  ])("does not use a library whose distances are %s", async (_, distance) => {
    const distances = (distance === undefined ? [] : [distance, distance, distance]) as unknown as Float32Array;
    const exactSearch = () => ({ keys: new BigUint64Array(), distances });
    const kernels = await loadKernels(async () => ({ exactSearch, MetricKind: {} as never }));
    expect(kernels.simd).toBeUndefined();
    expect(String(kernels.simdError)).toContain("the SIMD library gave");
  });

  it.each<[string, (shortlist: Shortlist) => Shortlist]>([
    [
      "starts behind the nearest row",
      ({ places, distances }) => ({ places: places.map((place) => 2n - place), distances }),
    ],
    ["names no row", ({ distances }) => ({ places: new BigUint64Array(), distances })],
    ["has no distances", ({ places }) => ({ places, distances: new Float32Array() })],
    ["has other distances", ({ places, distances }) => ({ places, distances: distances.map((far) => far * 2 + 1) })],
    [
      "has NaN where numbers overflow",
      ({ places, distances }) => ({ places, distances: distances.map((far) => (far > 1e30 ? Number.NaN : far)) }),
    ],
  ])("does not use a library whose shortlist %s", async (_, spoil) => {
    const sound = withShortlists(plainKernel);
    const load = (spoil: (shortlist: Shortlist) => Shortlist) =>
      loadKernels(async () => ({
        MetricKind: {} as never,
        exactSearch: ((dataset: Float32Array, queries: Float32Array, shape: number, count: number) => {
          if (dataset.length === shape) return { distances: sound.squaredDistances(dataset, queries, shape) };
          const { places: keys, distances } = spoil(sound.smallest!(queries, dataset, shape, count));
          return { keys, distances };
        }) as never,
      }));
    expect((await load((shortlist) => shortlist)).simd).toBeDefined();
    const kernels = await load(spoil);
    expect(kernels.simd).toBeUndefined();
    expect(String(kernels.simdError)).toContain("the SIMD library");
  });

  it("takes the plain kernel for the shortest states, where calling the library costs more", () => {
    const fast: DistanceKernel = { ...plainKernel, name: "simd" };
    const kernels = { plain: plainKernel, simd: fast };
    expect(kernelFor(kernels, 1)).toBe(plainKernel);
    expect(kernelFor(kernels, 128)).toBe(fast);
  });
});

/** Whether a kernel's distance is one that the bound allows. */
function isWithinBound(approximate: number, exact: number, shape: number): boolean {
  const bound = new ErrorBound(shape);
  return approximate <= bound.ceiling(exact) && exact <= bound.largest(approximate);
}
