import { RoundRobin } from "./round-robin.js";
import type { WaitingLines } from "./waiting-lines.js";

/** Too many wait in one line. */
export class TooManyWaitingError extends Error {
  override readonly name = "TooManyWaitingError";
}

/** A task that waits, and the permits that it needs. */
export interface Waiting {
  readonly permits: number;
  readonly begin: () => void;
}

export interface SemaphoreOptions {
  /** How many permits tasks may hold at the same moment. */
  readonly permits: number;
  /** How many tasks may wait in each line; no limit by default. */
  readonly maxWaiting?: number;
  /** The order of those who wait: one of each line by turns by default. */
  readonly lines?: WaitingLines<Waiting>;
}

export interface TaskOptions {
  /** The line that the task waits in: its user, or its priority. */
  readonly line: string;
  /** How many permits it holds while it runs; 1 by default, at most those of the semaphore. */
  readonly permits?: number;
  /** Ends the wait. The task itself must respect it too. */
  readonly signal?: AbortSignal;
}

/**
 * Lets tasks run while permits are left; the others wait in lines. No later task gets ahead of the one that is next,
 * however few permits it needs.
 */
export class Semaphore {
  /** How many permits there are. */
  readonly permits: number;
  readonly #maxWaiting: number;
  readonly #waiting: WaitingLines<Waiting>;
  #free: number;

  constructor({ permits, maxWaiting = Infinity, lines = new RoundRobin() }: SemaphoreOptions) {
    this.permits = permits;
    this.#free = permits;
    this.#maxWaiting = maxWaiting;
    this.#waiting = lines;
  }

  /**
   * Runs a task once it is its turn and resolves as it does.
   *
   * @throws TooManyWaitingError where its line is full; the signal's reason where that came first.
   */
  async run<T>({ line, permits = 1, signal }: TaskOptions, task: () => Promise<T>): Promise<T> {
    signal?.throwIfAborted();
    if (this.#waiting.isEmpty && permits <= this.#free) this.#free -= permits;
    else await this.#wait(line, permits, signal);
    try {
      return await task();
    } finally {
      this.#free += permits;
      this.#admit();
    }
  }

  async #wait(line: string, permits: number, signal: AbortSignal | undefined): Promise<void> {
    if (this.#waiting.count(line) >= this.#maxWaiting) throw new TooManyWaitingError("too many wait for their turn");
    await new Promise<void>((resolve, reject) => {
      const giveUp = (): void => {
        this.#waiting.remove(line, waiting);
        // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- whoever aborts says why
        reject(signal?.reason);
        // Those behind it may need fewer permits.
        this.#admit();
      };
      const begin = (): void => {
        signal?.removeEventListener("abort", giveUp);
        resolve();
      };
      const waiting = { permits, begin };
      signal?.addEventListener("abort", giveUp, { once: true });
      this.#waiting.push(line, waiting);
    });
  }

  /** Takes the permits for those who are next, so that nobody who comes before they run gets ahead. */
  #admit(): void {
    for (let next = this.#waiting.peek(); next !== undefined; next = this.#waiting.peek()) {
      if (next.permits > this.#free) return;
      this.#waiting.shift();
      this.#free -= next.permits;
      next.begin();
    }
  }
}
