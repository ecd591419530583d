import { squaredDistance } from "./distance.js";
import type { DistanceKernel } from "./distance-kernel.js";
import { ErrorBound } from "./error-bound.js";
import { NearestList, type Neighbour } from "./nearest-list.js";

/** Rows of states side by side, with their ids. */
export interface StateBlock {
  /** At the start of its buffer; `shape` numbers a row. */
  readonly states: Float32Array;
  readonly ids: Float64Array;
}

/** The rows of a block that are still to be offered, each with its distance as the kernel gives it. */
interface Rest {
  readonly block: StateBlock;
  readonly distances: Float32Array;
  readonly from: number;
  /** How many rows of the block were near enough to be looked at so far. */
  readonly candidates: number;
  /** What lies above it is too far. */
  readonly ceiling: number;
}

/** How many more rows a shortlist has than are likely to be wanted, so that its last row shows that all further ones are too far. */
const spare = 16;
/** The part of a block's rows that a shortlist may have; a longer one costs more than it saves. */
const maxShortlistShare = 1 / 16;
/** Numbers of which exact distances are computed before others may have their turn: some milliseconds of work. */
const exactNumbersAtOnce = 2 ** 15;
/** The same of numbers that are read once more at all. */
const numbersAtOnce = 2 ** 18;

/**
 * One search through blocks of states, exact: of all rows offered it finds the nearest, ties by
 * lower id.
 *
 * A kernel's distances only rule rows out. Where `limit` rows are near for certain, a row is farther than
 * all of them if its approximate distance exceeds theirs by more than the kernel's error bound. Every other
 * row is computed again, in 64-bit floats, and exactly where these do not decide. When the kernel overflows,
 * that is every row.
 *
 * Where the kernel can, it returns a shortlist of a block's rows in place of all distances. That suffices
 * where the last row of it is too far, as the rows left out are no nearer. Where it is not, as among many
 * that are almost equally near, the kernel computes all distances after all.
 */
export class Scan {
  readonly #kernel: DistanceKernel;
  readonly #query: Float32Array;
  readonly #bound: ErrorBound;
  readonly #nearest: NearestList;
  /** How long the next block's shortlist should be. */
  #count: number;
  #rest: Rest | undefined;

  /**
   * @param query May be changed by its owner afterwards.
   * @param limit At least 1.
   */
  constructor(kernel: DistanceKernel, query: Float32Array, limit: number) {
    this.#kernel = kernel;
    this.#query = query.slice();
    this.#bound = new ErrorBound(query.length);
    this.#nearest = new NearestList(this.#query, limit);
    this.#count = limit + spare;
  }

  /** Whether no row of a higher id than all before can change the outcome. */
  get isSettled(): boolean {
    return this.#nearest.isSettled;
  }

  /**
   * Offers the first `rows` rows of a block; returns whether all were looked at. Where so many are
   * equally near that exact comparisons take long, others may have their turn before `goOn` is called.
   */
  offer(block: StateBlock, rows: number): boolean {
    if (rows === 0) return true;
    const states = block.states.subarray(0, rows * this.#query.length);
    const candidates = this.#offerShortlist(block, states, rows);
    if (candidates !== undefined) return this.#end(candidates);
    const distances = this.#kernel.squaredDistances(this.#query, states, this.#query.length);
    const ceiling = this.#ceilingAmong(smallestOf(distances, this.#nearest.limit, this.#ceiling));
    return this.#offerRest({ block, distances, from: 0, candidates: 0, ceiling });
  }

  /** Goes on with a block that was not looked at as a whole; returns whether it is now. */
  goOn(): boolean {
    return this.#rest === undefined || this.#offerRest(this.#rest);
  }

  /** The nearest of all rows offered, nearest first. */
  toArray(): Neighbour[] {
    return this.#nearest.toArray();
  }

  /** Returns how many rows it offered; undefined, with none offered, where a shortlist does not suffice. */
  #offerShortlist(block: StateBlock, states: Float32Array, rows: number): number | undefined {
    const count = this.#count;
    if (this.#kernel.smallest === undefined || count > rows * maxShortlistShare) return undefined;
    const { places, distances } = this.#kernel.smallest(this.#query, states, this.#query.length, count);
    const ceiling = this.#ceilingAmong(distances[this.#nearest.limit - 1]);
    if (!((distances[count - 1] as number) > ceiling)) return undefined;
    let candidates = 0;
    for (; (distances[candidates] as number) <= ceiling; candidates++) {
      this.#offerRow(block, Number(places[candidates]));
    }
    return candidates;
  }

  #offerRest({ block, distances, from, candidates: before, ceiling: highest }: Rest): boolean {
    const maxExactNumbers = this.#nearest.exactNumbers + exactNumbersAtOnce;
    let ceiling = highest;
    let candidates = before;
    for (let row = from; row < distances.length; row++) {
      // Not `<= ceiling`, which NaN would fail.
      if ((distances[row] as number) > ceiling) continue;
      this.#offerRow(block, row);
      ceiling = Math.min(ceiling, this.#ceiling);
      candidates++;
      const numbers = (candidates - before) * this.#query.length;
      if (this.#nearest.exactNumbers > maxExactNumbers || numbers > numbersAtOnce) {
        const rest = { block, distances, from: row + 1, candidates, ceiling };
        this.#rest = this.#rest === undefined ? copyOf(rest, this.#query.length) : rest;
        return false;
      }
    }
    return this.#end(candidates);
  }

  #end(candidates: number): true {
    this.#rest = undefined;
    // The next block is likely to hold no more that are as near. While the list is not full, any is near enough.
    const wanted = this.#nearest.isFull ? 2 * candidates : Math.max(2 * candidates, this.#nearest.limit);
    this.#count = wanted + spare;
    return true;
  }

  #offerRow(block: StateBlock, row: number): void {
    const offset = row * this.#query.length;
    const squared = squaredDistance(this.#query, block.states, offset);
    this.#nearest.offer(block.ids[row] as number, squared, block.states, offset);
  }

  /** The largest distance that a kernel can give a row among the nearest so far. */
  get #ceiling(): number {
    return this.#bound.ceiling(this.#nearest.worstSquared);
  }

  /** The same among `limit` further rows whose distances, as the kernel gives them, are at most `approximate`. */
  #ceilingAmong(approximate = Number.POSITIVE_INFINITY): number {
    return Math.min(this.#ceiling, this.#bound.ceiling(this.#bound.largest(approximate)));
  }
}

/**
 * The same rest by itself: by the time that it is its turn, the block may hold other states and the
 * kernel other distances. Those rows justify the ceiling that others were ruled out by.
 */
function copyOf({ block, distances, from, candidates, ceiling }: Rest, shape: number): Rest {
  const { length } = distances;
  return {
    block: { states: block.states.slice(from * shape, length * shape), ids: block.ids.slice(from, length) },
    distances: distances.slice(from),
    from: 0,
    candidates,
    ceiling,
  };
}

/**
 * The value that `count` of the distances do not exceed, the smallest such; `max` where fewer lie
 * below it. NaN counts as above everything.
 */
function smallestOf(distances: Float32Array, count: number, max: number): number {
  if (count >= distances.length) return max;
  const heap = new Float64Array(count).fill(max);
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
