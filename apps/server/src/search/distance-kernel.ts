import type * as usearch from "usearch";
import { squaredDistance } from "./distance.js";
import { ErrorBound } from "./error-bound.js";

/** Computes many distances at once, approximately: the arithmetic of a search. */
export interface DistanceKernel {
  readonly name: "simd" | "plain";
  /**
   * The squared distance of each row to the query: within `ErrorBound` of the exact one, Infinity
   * where that overflows a 32-bit float, or NaN where nothing is known. Valid until the next call.
   *
   * @param query `shape` numbers, at the start of their buffer.
   * @param rows Whole rows of `shape` numbers, at least one, at the start of their buffer.
   */
  squaredDistances(query: Float32Array, rows: Float32Array, shape: number): Float32Array;
  /**
   * The rows that `squaredDistances` would give the smallest distances, and these, ascending. It
   * takes memory for those alone. Absent where that is no gain.
   *
   * @param count From 1 to the number of rows.
   */
  smallest?(query: Float32Array, rows: Float32Array, shape: number, count: number): Shortlist;
}

/** Rows by ascending distance. No row left out lies below the last; distances are never NaN. */
export interface Shortlist {
  /** Where each is among the rows, counted from 0. */
  readonly places: BigUint64Array;
  /** Squared, as a kernel gives them. */
  readonly distances: Float32Array;
}

/** The kernels of this machine. */
export interface DistanceKernels {
  readonly plain: DistanceKernel;
  /** Absent where the platform has no prebuilt library. */
  readonly simd?: DistanceKernel;
  /** Why `simd` is absent. */
  readonly simdError?: unknown;
}

/** Taken once and used again: memory outside the heap, taken by every search, calls for collections. */
let plainDistances = new Float32Array(0);

/** Plain loops with four accumulators, which let the processor overlap the additions. */
export const plainKernel: DistanceKernel = {
  name: "plain",
  squaredDistances(query, rows, shape) {
    const count = rows.length / shape;
    if (plainDistances.length < count) plainDistances = new Float32Array(count);
    const distances = plainDistances.subarray(0, count);
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
 * Loads what this machine has. The SIMD library is prebuilt for Linux with glibc and for macOS. Where
 * it does not load, or computes something else than it should, the plain kernel serves alone, with
 * the same results.
 */
export async function loadKernels(load: () => Promise<Usearch> = () => import("usearch")): Promise<DistanceKernels> {
  try {
    const simd = simdKernel(await load());
    checkKernel(simd);
    return { plain: plainKernel, simd };
  } catch (simdError) {
    return { plain: plainKernel, simdError };
  }
}

/**
 * The library returns the nearest rows of a data set, and does not define which of those equally near.
 * To get all distances, every row is passed as a query against a data set of one. That costs 20 bytes
 * a row outside the heap: a search that takes megabytes of them makes the garbage collector interrupt
 * the searches after it. The library reads from the start of a buffer whatever the offset of the view,
 * hence the kernel's requirements.
 */
function simdKernel({ exactSearch, MetricKind }: Usearch): DistanceKernel {
  return {
    name: "simd",
    squaredDistances: (query, rows, shape) => exactSearch(query, rows, shape, 1, MetricKind.L2sq, 1).distances,
    smallest: (query, rows, shape, count) => {
      const { keys, distances } = exactSearch(rows, query, shape, count, MetricKind.L2sq, 1);
      return { places: keys, distances };
    },
  };
}

/**
 * @throws Error where a kernel breaks its bound on a few rows, or lists them in another order. Some of
 *   the rows overflow: no others show what the library returns then, and a distance that is NaN would
 *   spoil the order of all.
 */
function checkKernel(kernel: DistanceKernel): void {
  const shape = 37;
  const query = Float32Array.from({ length: shape }, (_, place) => Math.sin(place));
  const rows = Float32Array.from({ length: 3 * shape }, (_, place) => Math.cos(place * place) * (1 + (place % 5)));
  rows.set(query, 2 * shape);
  checkRows(kernel, query, rows);
  const extreme = query.map((number, place) => (place < 20 ? 3e38 * (-1) ** place : number));
  const other = query.map((number, place) => (place < 20 ? (extreme[place] as number) : 2 - number));
  checkRows(kernel, extreme, Float32Array.from([...extreme.map((number) => -number), ...other, ...extreme]));
}

function checkRows(kernel: DistanceKernel, query: Float32Array, rows: Float32Array): void {
  const shape = query.length;
  const bound = new ErrorBound(shape);
  const check = (place: number, given = Number.NaN) => {
    const exact = squaredDistance(query, rows, place * shape);
    if (given <= bound.ceiling(exact) && exact <= bound.largest(given)) return;
    throw new Error(`the SIMD library gave ${given} for a squared distance of ${exact}`);
  };
  const count = rows.length / shape;
  const distances = kernel.squaredDistances(query, rows, shape).slice();
  const order = Array.from({ length: count }, (_, place) => place).toSorted(
    (a, b) => (distances[a] as number) - (distances[b] as number),
  );
  for (const place of order) check(place, distances[place]);
  for (const length of [count - 1, count]) {
    const shortlist = kernel.smallest?.(query, rows, shape, length);
    if (shortlist === undefined) return;
    const places = [...shortlist.places].map(Number);
    const given = places.join();
    if (given !== order.slice(0, length).join()) throw new Error(`the SIMD library ordered rows as ${given}`);
    for (const [at, place] of places.entries()) check(place, shortlist.distances[at]);
  }
}
