import type { DistanceKernel } from "./distance-kernel.js";
import { hashState } from "./hash-state.js";
import type { Neighbour } from "./nearest-list.js";
import { Scan, type StateBlock } from "./scan.js";
import { StateTable } from "./state-table.js";
import type { TimeSlice } from "../event-loop/time-slice.js";

/** 4 MiB of states: small enough to end a slice of time after, large enough to forget the call. */
const blockFloats = 2 ** 20;
/** So that of short states, too, there are several blocks: a scan learns from each how to read the next. */
const maxBlockRows = 2 ** 13;
const smallestBlockRows = 16;
/** What the objects around the numbers take, roughly: it counts where modules are many and small. */
const bytesOfObjects = 2048;

/**
 * The states of one module in memory, in blocks that a kernel reads straight through. The first
 * block doubles while it is small; from then on whole blocks are added and nothing is copied.
 */
export class StateMatrix {
  readonly #shape: number;
  readonly #rowsPerBlock: number;
  readonly #blocks: StateBlock[] = [];
  readonly #table = new StateTable((row, other) => this.#areEqual(row, other));
  readonly #seed = Math.floor(Math.random() * 2 ** 32);
  #rows = 0;
  #bytes = 0;

  /**
   * @param shape How many numbers each state has.
   * @param numbersPerBlock The size of a full block; less than the default only to test the borders of blocks.
   */
  constructor(shape: number, numbersPerBlock = blockFloats) {
    this.#shape = shape;
    this.#rowsPerBlock = rowsPerBlock(shape, numbersPerBlock);
  }

  /** The bytes that a matrix of so many rows takes, if all of them differ. */
  static bytesFor(rows: number, shape: number): number {
    const maxRows = rowsPerBlock(shape);
    let capacity = Math.min(smallestBlockRows, maxRows);
    while (capacity < Math.min(rows, maxRows)) capacity = Math.min(capacity * 2, maxRows);
    if (rows > maxRows) capacity = Math.ceil(rows / maxRows) * maxRows;
    return bytesOfObjects + (rows === 0 ? 0 : capacity * bytesPerRow(shape)) + StateTable.bytesFor(rows);
  }

  get rows(): number {
    return this.#rows;
  }

  get bytes(): number {
    return bytesOfObjects + this.#bytes + this.#table.bytes;
  }

  /**
   * Adds a state, or replaces the one of this id.
   *
   * @param id Higher than all before, as the store gives them, or one of those.
   * @throws RangeError for a lower id that is missing, or a state of another shape.
   */
  put(id: number, state: Float32Array): void {
    if (state.length !== this.#shape) {
      throw new RangeError(`a state of ${state.length} numbers in a matrix of shape ${this.#shape}`);
    }
    const found = this.#rowOf(id);
    const row = found ?? this.#append(id);
    if (found !== undefined) this.#table.remove(row, this.#rows);
    const { states, offset } = this.#locate(row);
    states.set(state, offset);
    this.#table.add(row, hashState(state, this.#seed), this.#rows);
  }

  /**
   * The nearest states, nearest first, ties by lower id: at most `limit`, all where there are fewer.
   *
   * Long searches let others run in between. States added meanwhile are not searched; one that is
   * replaced meanwhile counts, whole, as it was or as it is, whichever the search meets. All that
   * was put before the call is seen.
   *
   * @param query `shape` finite numbers.
   * @param limit At least 1.
   */
  async nearest(
    query: Float32Array,
    limit: number,
    { kernel, timeSlice }: { readonly kernel: DistanceKernel; readonly timeSlice: TimeSlice },
  ): Promise<Neighbour[]> {
    if (limit === 1) {
      const row = this.#table.lowest(hashState(query, this.#seed), (row) => this.#holds(row, query, 0));
      if (row !== undefined) return [{ id: this.#idAt(row), squared: 0 }];
    }
    const scan = new Scan(kernel, query, limit);
    const end = this.#rows;
    // Ids ascend, so no later row displaces an identical one.
    for (let row = 0; row < end && !scan.isSettled; row += this.#rowsPerBlock) {
      if (timeSlice.isOver) await timeSlice.next();
      const rows = Math.min(end - row, this.#rowsPerBlock);
      for (let isDone = scan.offer(this.#blockOf(row), rows); !isDone; isDone = scan.goOn()) {
        if (timeSlice.isOver) await timeSlice.next();
      }
    }
    return scan.toArray();
  }

  #append(id: number): number {
    if (this.#rows > 0 && id < this.#idAt(this.#rows - 1)) {
      throw new RangeError(`id ${id} comes after ${this.#idAt(this.#rows - 1)}; ids are added in ascending order`);
    }
    const row = this.#rows;
    const place = row % this.#rowsPerBlock;
    if (place === 0) this.#addBlock(row === 0 ? Math.min(smallestBlockRows, this.#rowsPerBlock) : this.#rowsPerBlock);
    const block = this.#blockOf(row);
    if (place === block.ids.length) this.#enlarge(block);
    this.#blockOf(row).ids[place] = id;
    this.#rows++;
    return row;
  }

  #addBlock(rows: number): StateBlock {
    const block = { states: new Float32Array(rows * this.#shape), ids: new Float64Array(rows) };
    this.#bytes += rows * bytesPerRow(this.#shape);
    this.#blocks.push(block);
    return block;
  }

  /** Replaces the first block, the only one that is ever less than full-size. */
  #enlarge({ states, ids }: StateBlock): void {
    this.#blocks.pop();
    this.#bytes -= ids.length * bytesPerRow(this.#shape);
    const block = this.#addBlock(Math.min(ids.length * 2, this.#rowsPerBlock));
    block.states.set(states);
    block.ids.set(ids);
  }

  #blockOf(row: number): StateBlock {
    return this.#blocks[Math.floor(row / this.#rowsPerBlock)] as StateBlock;
  }

  #locate(row: number): { states: Float32Array; offset: number } {
    return { states: this.#blockOf(row).states, offset: (row % this.#rowsPerBlock) * this.#shape };
  }

  #idAt(row: number): number {
    return this.#blockOf(row).ids[row % this.#rowsPerBlock] as number;
  }

  /** Ids without gaps are found by subtraction, others by halving. */
  #rowOf(id: number): number | undefined {
    let low = 0;
    let high = this.#rows - 1;
    if (high < 0 || id > this.#idAt(high)) return undefined;
    let row = Math.min(id - this.#idAt(0), high);
    while (low <= high && row >= low) {
      const found = this.#idAt(row);
      if (found === id) return row;
      if (found < id) low = row + 1;
      else high = row - 1;
      row = (low + high) >> 1;
    }
    return undefined;
  }

  #areEqual(row: number, other: number): boolean {
    const { states, offset } = this.#locate(other);
    return this.#holds(row, states, offset);
  }

  #holds(row: number, numbers: Float32Array, from: number): boolean {
    const { states, offset } = this.#locate(row);
    for (let place = 0; place < this.#shape; place++) {
      if (states[offset + place] !== numbers[from + place]) return false;
    }
    return true;
  }
}

function rowsPerBlock(shape: number, numbersPerBlock = blockFloats): number {
  return Math.min(maxBlockRows, Math.max(1, Math.floor(numbersPerBlock / Math.max(1, shape))));
}

function bytesPerRow(shape: number): number {
  return shape * Float32Array.BYTES_PER_ELEMENT + Float64Array.BYTES_PER_ELEMENT;
}
