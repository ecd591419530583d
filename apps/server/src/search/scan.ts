import { squaredDistance, toScore } from "./distance.js";
import type { DistanceKernel } from "./distance-kernel.js";
import { ErrorBound } from "./error-bound.js";
import { NearestList, type Neighbour } from "./nearest-list.js";

/** Rows of states side by side, with their ids. */
export interface StateBlock {
  /** At the start of its buffer; `shape` numbers a row. */
  readonly states: Float32Array;
  readonly ids: Float64Array;
}

/** How many more rows a shortlist has than are likely to be wanted, to tell that all further ones are too far. */
const spare = 16;
/** The part of a block's rows that a shortlist may have; a longer one costs more than it saves. */
const longestShare = 1 / 16;

/**
 * One search through blocks of states, exact: of all rows offered it finds the nearest, ties by
 * lower id, each with its exact score.
 *
 * A kernel's distances only rule rows out. Where `limit` rows are near for certain, a row whose
 * approximate distance exceeds theirs by more than the kernel can err is farther than all of them;
 * every other row is computed again exactly. When the kernel overflows, that is every row.
 *
 * Where the kernel can, a block's distances are not told one by one: a shortlist suffices whose last
 * row is too far, as all rows left out are no nearer. Where its last is not, as among many that are
 * almost equally near, all distances are asked for after all.
 */
export class Scan {
  readonly #kernel: DistanceKernel;
  readonly #query: Float32Array;
  readonly #bound: ErrorBound;
  readonly #nearest: NearestList;
  /** How long the next block's shortlist should be. */
  #count: number;

  /**
   * @param query May be changed by its owner afterwards.
   * @param limit At least 1.
   */
  constructor(kernel: DistanceKernel, query: Float32Array, limit: number) {
    this.#kernel = kernel;
    this.#query = query.slice();
    this.#bound = new ErrorBound(query.length);
    this.#nearest = new NearestList(limit);
    this.#count = limit + spare;
  }

  /** Whether no row of a higher id than all before can change the outcome. */
  get isSettled(): boolean {
    return this.#nearest.isSettled;
  }

  /** Offers the first `rows` rows of a block. */
  offer(block: StateBlock, rows: number): void {
    if (rows === 0) return;
    const states = block.states.subarray(0, rows * this.#query.length);
    const candidates = this.#offerShortlist(block, states, rows) ?? this.#offerAll(block, states, rows);
    // The next block is likely to hold no more that are as near; while there is room, any is near enough.
    const wanted = this.#nearest.isFull ? 2 * candidates : Math.max(2 * candidates, this.#nearest.limit);
    this.#count = wanted + spare;
  }

  /** The nearest of all rows offered, nearest first. */
  toArray(): Neighbour[] {
    return this.#nearest.toArray();
  }

  /** Answers how many rows it offered; undefined, with none offered, where a shortlist does not suffice. */
  #offerShortlist(block: StateBlock, states: Float32Array, rows: number): number | undefined {
    const count = this.#count;
    if (this.#kernel.smallest === undefined || count > rows * longestShare) return undefined;
    const { places, distances } = this.#kernel.smallest(this.#query, states, this.#query.length, count);
    const ceiling = this.#ceilingAmong(distances[this.#nearest.limit - 1]);
    if (!((distances[count - 1] as number) > ceiling)) return undefined;
    let candidates = 0;
    for (; (distances[candidates] as number) <= ceiling; candidates++) {
      this.#offerRow(block, Number(places[candidates]));
    }
    return candidates;
  }

  /** Answers how many rows it offered. */
  #offerAll(block: StateBlock, states: Float32Array, rows: number): number {
    const distances = this.#kernel.squaredDistances(this.#query, states, this.#query.length);
    let ceiling = this.#ceilingAmong(smallestOf(distances, this.#nearest.limit, this.#ceiling));
    let candidates = 0;
    for (let row = 0; row < rows; row++) {
      // Not `<= ceiling`, which NaN would fail.
      if ((distances[row] as number) > ceiling) continue;
      this.#offerRow(block, row);
      ceiling = Math.min(ceiling, this.#ceiling);
      candidates++;
    }
    return candidates;
  }

  #offerRow(block: StateBlock, row: number): void {
    const score = toScore(squaredDistance(this.#query, block.states, row * this.#query.length));
    this.#nearest.offer(block.ids[row] as number, score);
  }

  /** The largest distance that a kernel can give a row among the nearest so far. */
  get #ceiling(): number {
    return this.#bound.ceiling(this.#nearest.worstScore ** 2);
  }

  /** The same among `limit` further rows whose distances, as the kernel gives them, are at most `approximate`. */
  #ceilingAmong(approximate = Number.POSITIVE_INFINITY): number {
    return Math.min(this.#ceiling, this.#bound.ceiling(this.#bound.largest(approximate)));
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
