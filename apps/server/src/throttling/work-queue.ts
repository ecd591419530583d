import type { Micros } from "../clock.js";
import { RateLimited } from "./rate-limited.js";

/** How long those are told to wait who find too many waiting. */
const busyWait: Micros = 2_000_000;

/** Which of two lines a work waits in; the first is served before the second. */
export type Lane = "first" | "second";

export interface WorkQueueOptions {
  /** How many works run at the same time. */
  readonly concurrency: number;
  /** How many may wait in each lane. */
  readonly maxWaiting: number;
}

/**
 * Lets a bounded number of works run, and a bounded number wait for their turn. Hashing a password
 * takes a thread and tens of megabytes: a flood of logins must get neither more threads nor more memory.
 */
export class WorkQueue {
  readonly #maxWaiting: number;
  readonly #waiting: Readonly<Record<Lane, (() => void)[]>> = { first: [], second: [] };
  #free: number;

  constructor({ concurrency, maxWaiting }: WorkQueueOptions) {
    this.#free = concurrency;
    this.#maxWaiting = maxWaiting;
  }

  /**
   * Runs a work in its turn and resolves as it does.
   *
   * @throws DomainError `rate_limited` when too many wait in its lane.
   */
  async run<T>(lane: Lane, work: () => Promise<T>): Promise<T> {
    if (this.#free === 0 && this.#waiting[lane].length >= this.#maxWaiting) {
      throw new RateLimited("too many logins at the same moment", busyWait);
    }
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting[lane].push(resolve));
    try {
      return await work();
    } finally {
      // A turn that ends is handed on, so that nobody who comes now gets ahead of those who wait.
      const next = this.#waiting.first.shift() ?? this.#waiting.second.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }
}
