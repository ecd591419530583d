import { squaredDistance, toScore } from "./distance.js";
import type { DistanceKernel } from "./distance-kernel.js";
import { ErrorBound } from "./error-bound.js";
import type { NearestList } from "./nearest-list.js";

/** Rows of states side by side, with their ids. */
export interface StateBlock {
  /** At the start of its buffer; `shape` numbers a row. */
  readonly states: Float32Array;
  readonly ids: Float64Array;
}

/**
 * Offers the first `rows` rows of a block to `nearest`, exactly: a row that belongs into the list of
 * all rows offered so far is in it afterwards, with its exact score.
 *
 * The kernel's distances only rule rows out. Where `limit` rows are near for certain, a row whose
 * approximate distance exceeds theirs by more than the kernel can err is farther than all of them;
 * every other row is computed again exactly. When the kernel overflows, that is every row.
 *
 * @param query At the start of its buffer.
 */
export function scanBlock(
  kernel: DistanceKernel,
  query: Float32Array,
  block: StateBlock,
  rows: number,
  nearest: NearestList,
): void {
  const shape = query.length;
  if (rows === 0) return;
  const bound = new ErrorBound(shape);
  const distances = kernel.squaredDistances(query, block.states.subarray(0, rows * shape), shape);

  let ceiling = bound.ceiling(nearest.worstScore ** 2);
  const smallest = smallestOf(distances, nearest.limit, ceiling);
  ceiling = Math.min(ceiling, bound.ceiling(bound.largest(smallest)));

  for (let row = 0; row < rows; row++) {
    // Not `<= ceiling`, which NaN would fail.
    if ((distances[row] as number) > ceiling) continue;
    const score = toScore(squaredDistance(query, block.states, row * shape));
    nearest.offer(block.ids[row] as number, score);
    ceiling = Math.min(ceiling, bound.ceiling(nearest.worstScore ** 2));
  }
}

/**
 * The value that `count` of the distances do not exceed, the smallest such; `most` where fewer lie
 * below it. NaN counts as above everything.
 */
function smallestOf(distances: Float32Array, count: number, most: number): number {
  if (count >= distances.length) return most;
  const heap = new Float64Array(count).fill(most);
  for (let row = 0; row < distances.length; row++) {
    const distance = distances[row] as number;
    if (distance < (heap[0] as number)) sink(heap, distance);
  }
  return heap[0] as number;
}

/** Replaces the largest value, at the heap's root. */
function sink(heap: Float64Array, value: number): void {
  let place = 0;
  for (;;) {
    let child = 2 * place + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && (heap[child + 1] as number) > (heap[child] as number)) child++;
    if ((heap[child] as number) <= value) break;
    heap[place] = heap[child] as number;
    place = child;
  }
  heap[place] = value;
}
