import { RoundRobin } from "../throttling/round-robin.js";

/** Works with fewer rows take next to nothing: they need not wait for those with many. */
const smallWork = 10_000;

/**
 * Bounds the rows that are learned at the same moment, and the memory with them. Works wait, one of each user
 * by turns; small ones do not wait.
 */
export class RowBudget {
  /** How many rows may be learned at the same moment, and so by one work. */
  readonly most: number;
  readonly #waiting = new RoundRobin<{ readonly rows: number; readonly begin: () => void }>();
  #inUse = 0;

  constructor(most: number) {
    this.most = most;
  }

  /**
   * Runs a work once there is room for its rows, and resolves as it does.
   *
   * @param user Whose turn it is.
   * @param rows At most `most`.
   */
  async run<T>(user: string, rows: number, work: () => Promise<T>): Promise<T> {
    if (rows <= Math.min(smallWork, this.most)) return work();
    if (!this.#waiting.isEmpty || this.#inUse + rows > this.most) {
      // Whoever makes room takes it for the one that waits, so that nobody who comes then gets ahead.
      await new Promise<void>((begin) => this.#waiting.push(user, { rows, begin }));
    } else this.#inUse += rows;
    try {
      return await work();
    } finally {
      this.#inUse -= rows;
      this.#admit();
    }
  }

  #admit(): void {
    for (let next = this.#waiting.peek(); next !== undefined; next = this.#waiting.peek()) {
      if (this.#inUse + next.rows > this.most) return;
      this.#waiting.shift();
      this.#inUse += next.rows;
      next.begin();
    }
  }
}
