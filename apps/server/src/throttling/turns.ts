import { RoundRobin } from "./round-robin.js";

/** Questions of one user that may wait at the same time. */
export const maxWaitingQuestions = 64;

/** A user has too many works waiting. */
export class TooManyWaiting extends Error {
  override readonly name = "TooManyWaiting";
}

/** Lets a bounded number of works run at the same time; the others wait, and users have their turns one after the other. */
export class Turns {
  readonly #maxWaiting: number;
  readonly #waiting = new RoundRobin<() => void>();
  #free: number;

  /**
   * @param concurrency Works that run at the same time.
   * @param maxWaiting Works of one user that may wait.
   */
  constructor(concurrency: number, maxWaiting: number) {
    this.#free = concurrency;
    this.#maxWaiting = maxWaiting;
  }

  /**
   * Runs a work in its turn and resolves as it does.
   *
   * @param user Whose turn it is.
   * @param signal Ends the wait for a turn; the work itself must respect it too.
   * @throws The signal's reason where it came first; TooManyWaiting where too many of the user do.
   */
  async run<T>(user: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    await this.#take(user, signal);
    try {
      return await work();
    } finally {
      this.#pass();
    }
  }

  async #take(user: string, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    if (this.#free > 0) {
      this.#free -= 1;
      return;
    }
    if (this.#waiting.count(user) >= this.#maxWaiting) throw new TooManyWaiting("too many wait for their turn");
    await new Promise<void>((resolve, reject) => {
      const giveUp = (): void => {
        this.#waiting.remove(user, begin);
        // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- whoever aborts says why
        reject(signal?.reason);
      };
      const begin = (): void => {
        signal?.removeEventListener("abort", giveUp);
        resolve();
      };
      signal?.addEventListener("abort", giveUp, { once: true });
      this.#waiting.push(user, begin);
    });
  }

  /** Hands the turn on, so that nobody who comes now gets ahead of those who wait. */
  #pass(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free += 1;
    else next();
  }
}
