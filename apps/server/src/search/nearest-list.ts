import { areOnGrid, decisiveShare, exactGrid } from "./distance.js";
import { compareExact, type ExactSquare, ExactSquares } from "./exact-square.js";

/** A stored state near a query. */
export interface Neighbour {
  readonly id: number;
  /** The squared Euclidean distance to the query as `squaredDistance` computes it; 0 means identical. */
  readonly squared: number;
}

/**
 * How many numbers of kept states are copied, to compute their exact distances only where these are
 * needed. States kept beyond that have theirs computed at once.
 */
const maxCopiedNumbers = 2 ** 18;
/** Fewer numbers are copied sooner one by one than through a view. */
const shortShape = 32;

/**
 * The `limit` nearest of all states offered, by exact distance, ties by lower id. A binary heap with the
 * farthest kept state at its root, so that an offer costs O(log limit) comparisons at most.
 *
 * Squared distances are compared as they are where they lie too far apart for roundings to matter, or
 * where nothing was rounded, as between whole numbers. For the others exact ones are computed, of each
 * kept state once.
 */
export class NearestList {
  readonly limit: number;
  readonly #query: Float32Array;
  readonly #shape: number;
  readonly #decisiveShare: number;
  readonly #exact: ExactSquares;
  readonly #maxCopies: number;
  /** The heap: of each kept state, its index in the lists below. */
  readonly #heap: number[] = [];
  readonly #ids: number[] = [];
  readonly #squares: number[] = [];
  /** Undefined until they are needed. */
  readonly #exactSquares: (ExactSquare | undefined)[] = [];
  readonly #areUnrounded: (boolean | undefined)[] = [];
  #copies = new Float32Array(0);
  #exactNumbers = 0;
  /** The squared distance that a grid was last needed for, that grid, and whether the query is on it. */
  #gridFor = 0;
  #grid = 0;
  #isQueryOnGrid = false;

  /**
   * @param query Must not change afterwards.
   * @param limit At least 1; may exceed the number of offers, then all are kept.
   */
  constructor(query: Float32Array, limit: number) {
    this.limit = limit;
    this.#query = query;
    this.#shape = query.length;
    this.#decisiveShare = decisiveShare(query.length);
    this.#exact = new ExactSquares(query);
    this.#maxCopies = Math.min(limit, Math.floor(maxCopiedNumbers / Math.max(1, query.length)));
  }

  get isFull(): boolean {
    return this.#heap.length >= this.limit;
  }

  /** The squared distance of the farthest kept state; Infinity while any further one is kept. */
  get worstSquared(): number {
    return this.isFull ? (this.#squares[this.#heap[0] as number] as number) : Number.POSITIVE_INFINITY;
  }

  /** Whether `limit` identical states are kept, so that no higher id can change the list. */
  get isSettled(): boolean {
    return this.worstSquared === 0;
  }

  /** For how many numbers exact distances were computed so far: the slow part of a search. */
  get exactNumbers(): number {
    return this.#exactNumbers;
  }

  /**
   * Keeps the state at `offset` of `states` where it is among the nearest so far.
   *
   * @param squared Its `squaredDistance`.
   */
  offer(id: number, squared: number, states: Float32Array, offset: number): void {
    const isFull = this.isFull;
    const index = isFull ? (this.#heap[0] as number) : this.#heap.length;
    let exact: ExactSquare | undefined;
    if (isFull) {
      const kept = this.#squares[index] as number;
      let order = this.#order(squared, kept);
      if (squared === kept && this.#isCopied(index, states, offset)) order = 0;
      if (order === undefined && this.#isUnrounded(states, offset, squared) && this.#isKeptUnrounded(index)) {
        order = squared - kept;
      }
      if (order === undefined) {
        exact = this.#exactSquare(states, offset, squared);
        order = compareExact(exact, this.#exactOf(index));
      }
      if ((order === 0 ? id - (this.#ids[index] as number) : order) > 0) return;
    }
    this.#ids[index] = id;
    this.#squares[index] = squared;
    this.#areUnrounded[index] = undefined;
    if (index < this.#maxCopies) this.#copy(index, states, offset);
    else exact ??= this.#exactSquare(states, offset, squared);
    this.#exactSquares[index] = exact;
    if (isFull) this.#sink(index);
    else this.#rise(index);
  }

  /** The kept states, nearest first. */
  toArray(): Neighbour[] {
    return this.#heap
      .toSorted((a, b) => this.#compare(a, b))
      .map((index) => ({ id: this.#ids[index] as number, squared: this.#squares[index] as number }));
  }

  /** Which of two squared distances is larger, as a sign; undefined where roundings may decide that. */
  #order(a: number, b: number): number | undefined {
    const difference = a - b;
    if (difference > this.#decisiveShare * a || -difference > this.#decisiveShare * b) return difference;
    // Nothing is rounded in the distance of an identical state.
    return a === 0 && b === 0 ? 0 : undefined;
  }

  /** Below 0 where the first of two kept states is nearer, or as near with a lower id. */
  #compare(a: number, b: number): number {
    const [first, second] = [this.#squares[a] as number, this.#squares[b] as number];
    let order = this.#order(first, second);
    if (order === undefined) {
      const areUnrounded = this.#isKeptUnrounded(a) && this.#isKeptUnrounded(b);
      order = areUnrounded ? first - second : compareExact(this.#exactOf(a), this.#exactOf(b));
    }
    return order === 0 ? (this.#ids[a] as number) - (this.#ids[b] as number) : order;
  }

  /** Whether a kept state is known to hold the same numbers. */
  #isCopied(index: number, states: Float32Array, offset: number): boolean {
    if (index >= this.#maxCopies) return false;
    const copies = this.#copies;
    const end = offset + this.#shape;
    for (let place = offset, copy = index * this.#shape; place < end; place++, copy++) {
      if (copies[copy] !== states[place]) return false;
    }
    return true;
  }

  #isUnrounded(states: Float32Array, offset: number, squared: number): boolean {
    if (squared !== this.#gridFor) {
      this.#gridFor = squared;
      this.#grid = exactGrid(squared);
      this.#isQueryOnGrid = areOnGrid(this.#query, 0, this.#shape, this.#grid);
    }
    return this.#isQueryOnGrid && areOnGrid(states, offset, offset + this.#shape, this.#grid);
  }

  /** The same of a kept state. Of one that is not copied nothing is known. */
  #isKeptUnrounded(index: number): boolean {
    if (index >= this.#maxCopies) return false;
    return (this.#areUnrounded[index] ??= this.#isUnrounded(
      this.#copies,
      index * this.#shape,
      this.#squares[index] as number,
    ));
  }

  #exactOf(index: number): ExactSquare {
    return (this.#exactSquares[index] ??= this.#exactSquare(
      this.#copies,
      index * this.#shape,
      this.#squares[index] as number,
    ));
  }

  #exactSquare(states: Float32Array, offset: number, squared: number): ExactSquare {
    this.#exactNumbers += this.#shape;
    return this.#exact.of(states, offset, squared);
  }

  #copy(index: number, states: Float32Array, offset: number): void {
    const to = index * this.#shape;
    if (this.#copies.length < to + this.#shape) {
      const copies = new Float32Array(Math.min(this.#maxCopies, Math.max(16, 2 * index)) * this.#shape);
      copies.set(this.#copies);
      this.#copies = copies;
    }
    if (this.#shape >= shortShape) this.#copies.set(states.subarray(offset, offset + this.#shape), to);
    else for (let place = 0; place < this.#shape; place++) this.#copies[to + place] = states[offset + place] as number;
  }

  /** Puts a state at the end of the heap and lets it rise above the nearer ones. */
  #rise(index: number): void {
    let place = this.#heap.length;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const other = this.#heap[parent] as number;
      if (this.#compare(other, index) > 0) break;
      this.#heap[place] = other;
      place = parent;
    }
    this.#heap[place] = index;
  }

  /** Puts a state at the root of the heap and lets it sink below the farther ones. */
  #sink(index: number): void {
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= this.#heap.length) break;
      let other = this.#heap[child] as number;
      const right = this.#heap[child + 1];
      if (right !== undefined && this.#compare(right, other) > 0) {
        child++;
        other = right;
      }
      if (this.#compare(other, index) < 0) break;
      this.#heap[place] = other;
      place = child;
    }
    this.#heap[place] = index;
  }
}
