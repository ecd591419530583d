/** Lets a bounded number of works run at the same time; the others wait in the order they came. */
export class Turns {
  readonly #maxWaiting: number;
  readonly #waiting = new Set<() => void>();
  #free: number;

  constructor(concurrency: number, maxWaiting: number) {
    this.#free = concurrency;
    this.#maxWaiting = maxWaiting;
  }

  /**
   * Runs a work in its turn and resolves as it does.
   *
   * @param signal Ends the wait for a turn; the work itself must heed it too.
   * @throws The signal's reason where it came first; `RangeError` where too many wait.
   */
  async run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    await this.#take(signal);
    try {
      return await work();
    } finally {
      this.#pass();
    }
  }

  async #take(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#free > 0) {
      this.#free -= 1;
      return;
    }
    if (this.#waiting.size >= this.#maxWaiting) throw new RangeError("too many wait for their turn");
    await new Promise<void>((resolve, reject) => {
      const giveUp = (): void => {
        this.#waiting.delete(begin);
        // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- whoever aborts says why
        reject(signal.reason);
      };
      const begin = (): void => {
        signal.removeEventListener("abort", giveUp);
        resolve();
      };
      signal.addEventListener("abort", giveUp, { once: true });
      this.#waiting.add(begin);
    });
  }

  /** Hands the turn on, so that nobody who comes now gets ahead of those who wait. */
  #pass(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#free += 1;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}
