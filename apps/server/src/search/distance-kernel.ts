import type * as usearch from "usearch";
import { squaredDistance } from "./distance.js";
import { ErrorBound } from "./error-bound.js";

/** Computes many distances at once, approximately: the arithmetic of a search. */
export interface DistanceKernel {
  readonly name: "simd" | "plain";
  /**
   * The squared distance of each row to the query: within `ErrorBound` of the exact one, Infinity
   * where that overflows a 32-bit float, or NaN where nothing is known.
   *
   * @param query `shape` numbers, at the start of their buffer.
   * @param rows Whole rows of `shape` numbers, at least one, at the start of their buffer.
   */
  squaredDistances(query: Float32Array, rows: Float32Array, shape: number): Float32Array;
}

/** The kernels of this machine. */
export interface DistanceKernels {
  readonly plain: DistanceKernel;
  /** Absent where the platform has no prebuilt library. */
  readonly simd?: DistanceKernel;
  /** Why `simd` is absent. */
  readonly refusal?: unknown;
}

/** Plain loops with four accumulators, which let the processor overlap the additions. */
export const plainKernel: DistanceKernel = {
  name: "plain",
  squaredDistances(query, rows, shape) {
    const distances = new Float32Array(rows.length / shape);
    const unrolled = shape - (shape % 4);
    for (let row = 0, at = 0; row < distances.length; row++) {
      let sum0 = 0;
      let sum1 = 0;
      let sum2 = 0;
      let sum3 = 0;
      let place = 0;
      for (; place < unrolled; place += 4, at += 4) {
        const difference0 = (rows[at] as number) - (query[place] as number);
        const difference1 = (rows[at + 1] as number) - (query[place + 1] as number);
        const difference2 = (rows[at + 2] as number) - (query[place + 2] as number);
        const difference3 = (rows[at + 3] as number) - (query[place + 3] as number);
        sum0 += difference0 * difference0;
        sum1 += difference1 * difference1;
        sum2 += difference2 * difference2;
        sum3 += difference3 * difference3;
      }
      for (; place < shape; place++, at++) {
        const difference = (rows[at] as number) - (query[place] as number);
        sum0 += difference * difference;
      }
      distances[row] = sum0 + sum1 + (sum2 + sum3);
    }
    return distances;
  },
};

type Usearch = Pick<typeof usearch, "exactSearch" | "MetricKind">;

/** States shorter than this are searched faster by the plain kernel: measured by `bench/measure-search.mjs`. */
const simdFromShape = 8;

/** The fastest kernel for states of `shape` numbers. */
export function kernelFor({ plain, simd }: DistanceKernels, shape: number): DistanceKernel {
  return simd !== undefined && shape >= simdFromShape ? simd : plain;
}

/**
 * Loads what this machine has. The SIMD library is prebuilt for Linux with glibc and for macOS; where
 * it does not load, or computes something else than it should, the plain kernel serves alone, with
 * the same answers.
 */
export async function loadKernels(load: () => Promise<Usearch> = () => import("usearch")): Promise<DistanceKernels> {
  try {
    const simd = simdKernel(await load());
    checkKernel(simd);
    return { plain: plainKernel, simd };
  } catch (refusal) {
    return { plain: plainKernel, refusal };
  }
}

/**
 * Every row is handed over as a query against a data set of one: so all distances come back, where
 * the nearest alone would leave ties undecided. The library reads from the start of a buffer
 * whatever the offset of the view, hence the kernel's demands.
 */
function simdKernel({ exactSearch, MetricKind }: Usearch): DistanceKernel {
  return {
    name: "simd",
    squaredDistances: (query, rows, shape) => exactSearch(query, rows, shape, 1, MetricKind.L2sq, 1).distances,
  };
}

/** @throws Error where a kernel breaks its bound on a small sample of three rows. */
function checkKernel(kernel: DistanceKernel): void {
  const shape = 37;
  const query = Float32Array.from({ length: shape }, (_, place) => Math.sin(place));
  const rows = Float32Array.from({ length: 3 * shape }, (_, place) => Math.cos(place * place) * (1 + (place % 5)));
  rows.set(query, 2 * shape);
  const bound = new ErrorBound(shape);
  const distances = kernel.squaredDistances(query, rows, shape);
  for (let row = 0; row < 3; row++) {
    const exact = squaredDistance(query, rows, row * shape);
    const given = distances[row] ?? Number.NaN;
    if (given <= bound.ceiling(exact) && exact <= bound.largest(given)) continue;
    throw new Error(`the SIMD library gave ${given} for a squared distance of ${exact}`);
  }
}
