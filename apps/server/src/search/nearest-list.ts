/** A stored state near a query. */
export interface Neighbour {
  readonly id: number;
  /** Euclidean distance to the query, rounded to a 32-bit float; 0 means identical. */
  readonly score: number;
}

/**
 * The `limit` best of all neighbours offered: by lowest score, ties by lower id. A binary heap with
 * the worst kept neighbour at its root, so that an offer costs O(log limit) at most.
 */
export class NearestList {
  readonly #limit: number;
  readonly #scores: number[] = [];
  readonly #ids: number[] = [];

  /** @param limit At least 1; may exceed the number of offers, then all are kept. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get limit(): number {
    return this.#limit;
  }

  get isFull(): boolean {
    return this.#ids.length >= this.#limit;
  }

  /** The score that a further neighbour must reach to be kept; Infinity while there is room. */
  get worstScore(): number {
    return this.isFull ? (this.#scores[0] as number) : Number.POSITIVE_INFINITY;
  }

  /** Whether `limit` identical states are kept, so that no higher id can change the list. */
  get isSettled(): boolean {
    return this.isFull && this.#scores[0] === 0;
  }

  /** Keeps the neighbour where it is among the best so far. */
  offer(id: number, score: number): void {
    const size = this.#ids.length;
    if (size < this.#limit) {
      this.#ids.push(id);
      this.#scores.push(score);
      this.#rise(size, id, score);
    } else if (this.#isWorse(0, id, score)) {
      this.#sink(id, score);
    }
  }

  /** The kept neighbours, nearest first. */
  toArray(): Neighbour[] {
    return this.#ids
      .map((id, place) => ({ id, score: this.#scores[place] as number }))
      .toSorted((a, b) => (a.score === b.score ? a.id - b.id : a.score < b.score ? -1 : 1));
  }

  /** Whether the neighbour at a place of the heap ranks behind the given one. */
  #isWorse(place: number, id: number, score: number): boolean {
    const kept = this.#scores[place] as number;
    return kept > score || (kept === score && (this.#ids[place] as number) > id);
  }

  #rise(from: number, id: number, score: number): void {
    let place = from;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (this.#isWorse(parent, id, score)) break;
      this.#move(parent, place);
      place = parent;
    }
    this.#set(place, id, score);
  }

  #sink(id: number, score: number): void {
    const size = this.#ids.length;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= size) break;
      const right = child + 1;
      if (right < size && this.#isWorse(right, this.#ids[child] as number, this.#scores[child] as number))
        child = right;
      if (!this.#isWorse(child, id, score)) break;
      this.#move(child, place);
      place = child;
    }
    this.#set(place, id, score);
  }

  #move(from: number, to: number): void {
    this.#set(to, this.#ids[from] as number, this.#scores[from] as number);
  }

  #set(place: number, id: number, score: number): void {
    this.#ids[place] = id;
    this.#scores[place] = score;
  }
}
