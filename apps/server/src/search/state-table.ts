const initialRows = 16;

/**
 * Finds equal states without a scan: a hash table from each distinct state to the lowest row that
 * holds it. Open addressing with linear probing in typed arrays, at most half full; it has no limit
 * short of 2^32 rows, and rebuilds nothing but itself when it grows.
 */
export class StateTable {
  readonly #areEqual: (row: number, other: number) => boolean;
  /** Row + 1 for each distinct state; 0 is free. */
  #slots = new Uint32Array(initialRows * 2);
  #distinct = 0;
  #hashes = new Int32Array(initialRows);
  /** 1 where a higher row may hold the same state as this lowest one. */
  #isShared = new Uint8Array(initialRows);

  /** @param areEqual Whether two rows, both already written, hold equal states. */
  constructor(areEqual: (row: number, other: number) => boolean) {
    this.#areEqual = areEqual;
  }

  /** The bytes that a table takes whose highest row is `rows - 1`, all of them distinct. */
  static bytesFor(rows: number): number {
    return capacityFor(rows) * (2 * 4 + 4 + 1);
  }

  get bytes(): number {
    return this.#slots.byteLength + this.#hashes.byteLength + this.#isShared.byteLength;
  }

  /** The lowest row of this hash for which `holds` is true. */
  lowest(hash: number, holds: (row: number) => boolean): number | undefined {
    for (let slot = this.#home(hash); ; slot = this.#next(slot)) {
      const row = this.#rowAt(slot);
      if (row === undefined || (this.#hashes[row] === hash && holds(row))) return row;
    }
  }

  /** Notes that a row, new or removed before, holds a state of this hash. `rows` counts all rows. */
  add(row: number, hash: number, rows: number): void {
    this.#grow(rows);
    this.#hashes[row] = hash;
    this.#isShared[row] = 0;
    let slot = this.#home(hash);
    for (; ; slot = this.#next(slot)) {
      const other = this.#rowAt(slot);
      if (other === undefined) break;
      if (this.#hashes[other] !== hash || !this.#areEqual(other, row)) continue;
      this.#isShared[Math.min(row, other)] = 1;
      this.#slots[slot] = Math.min(row, other) + 1;
      return;
    }
    this.#slots[slot] = row + 1;
    this.#distinct++;
  }

  /** Forgets what a row holds, while its state is still there to compare with. `rows` counts all rows. */
  remove(row: number, rows: number): void {
    const slot = this.#slotOf(row);
    if (slot === undefined) return;
    const heir = this.#isShared[row] === 1 ? this.#nextEqual(row, rows) : undefined;
    if (heir === undefined) {
      this.#free(slot);
    } else {
      this.#slots[slot] = heir + 1;
      this.#isShared[heir] = 1;
    }
  }

  #home(hash: number): number {
    return hash & (this.#slots.length - 1);
  }

  #next(slot: number): number {
    return (slot + 1) & (this.#slots.length - 1);
  }

  #rowAt(slot: number): number | undefined {
    const entry = this.#slots[slot] as number;
    return entry === 0 ? undefined : entry - 1;
  }

  /** The place of a row that is the lowest of its state; undefined where a lower row has it. */
  #slotOf(row: number): number | undefined {
    for (let slot = this.#home(this.#hashes[row] as number); ; slot = this.#next(slot)) {
      const other = this.#rowAt(slot);
      if (other === undefined) return undefined;
      if (other === row) return slot;
    }
  }

  #nextEqual(row: number, rows: number): number | undefined {
    const hash = this.#hashes[row];
    for (let other = row + 1; other < rows; other++) {
      if (this.#hashes[other] === hash && this.#areEqual(row, other)) return other;
    }
    return undefined;
  }

  /** Empties a slot and closes the gap (Knuth, The Art of Computer Programming 3, algorithm 6.4R). */
  #free(slot: number): void {
    const mask = this.#slots.length - 1;
    let gap = slot;
    for (let next = this.#next(gap); ; next = this.#next(next)) {
      const row = this.#rowAt(next);
      if (row === undefined) break;
      const home = this.#home(this.#hashes[row] as number);
      if (((next - home) & mask) < ((next - gap) & mask)) continue;
      this.#slots[gap] = row + 1;
      gap = next;
    }
    this.#slots[gap] = 0;
    this.#distinct--;
  }

  #grow(rows: number): void {
    const capacity = capacityFor(rows);
    if (capacity > this.#hashes.length) {
      const [hashes, isShared] = [this.#hashes, this.#isShared];
      this.#hashes = new Int32Array(capacity);
      this.#hashes.set(hashes);
      this.#isShared = new Uint8Array(capacity);
      this.#isShared.set(isShared);
    }
    if ((this.#distinct + 1) * 2 <= this.#slots.length) return;
    const entries = this.#slots;
    this.#slots = new Uint32Array(entries.length * 2);
    for (const entry of entries) {
      if (entry === 0) continue;
      let slot = this.#home(this.#hashes[entry - 1] as number);
      while (this.#slots[slot] !== 0) slot = this.#next(slot);
      this.#slots[slot] = entry;
    }
  }
}

function capacityFor(rows: number): number {
  let capacity = initialRows;
  while (capacity < rows) capacity *= 2;
  return capacity;
}
