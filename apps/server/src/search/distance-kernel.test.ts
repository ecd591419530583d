import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { squaredDistance } from "./distance.js";
import { kernelFor, loadKernels, plainKernel, type DistanceKernel } from "./distance-kernel.js";
import { ErrorBound } from "./error-bound.js";
import { poorKernels, servingKernels } from "./kernels.fixture.js";
import { searchCase } from "./oracle.fixture.js";

const kernels = [...servingKernels, ...poorKernels.filter(({ label }) => label !== "blind")];

describe.each(kernels)("the $label kernel", ({ kernel }) => {
  test("stays within the error bound, at every magnitude", () => {
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

  test("stays within the error bound for 10,800 numbers", () => {
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

describe("loadKernels", () => {
  test("serves with the plain kernel where the library does not load", async () => {
    const refusal = new Error("no native build was found");
    const kernels = await loadKernels(() => Promise.reject(refusal));
    expect(kernels).toEqual({ plain: plainKernel, refusal });
    expect(kernelFor(kernels, 1536)).toBe(plainKernel);
  });

  test.each([
    ["wrong", 2],
    ["not a number", Number.NaN],
    ["missing", undefined],
  ])("refuses a library whose distances are %s", async (_, distance) => {
    const distances = (distance === undefined ? [] : [distance, distance, distance]) as unknown as Float32Array;
    const exactSearch = () => ({ keys: new BigUint64Array(), distances });
    const kernels = await loadKernels(async () => ({ exactSearch, MetricKind: {} as never }));
    expect(kernels.simd).toBeUndefined();
    expect(String(kernels.refusal)).toContain("the SIMD library gave");
  });

  test("takes the plain kernel for the shortest states, where calling the library costs more", () => {
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
