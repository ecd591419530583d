import type { Clock, Micros } from "../clock.js";

/** Users beyond these are forgotten as soon as they have all their bytes again. */
const maxIdleUsers = 1000;

/**
 * Bounds the bytes that each user is sent in a second, over all live sockets together: all at once, then as
 * time passes. It makes one frame of a user at a time, so that frames of many sockets cannot all begin before
 * the bytes of the first are counted.
 */
export class FrameBudget {
  readonly #bytesPerSecond: number;
  readonly #clock: Clock;
  /** When each user has all bytes again. */
  readonly #fullAt = new Map<string, Micros>();
  /** The last frame of each user that is made or waits to be. */
  readonly #last = new Map<string, Promise<unknown>>();

  /** @param bytesPerSecond Undefined for no bound. */
  constructor(bytesPerSecond: number | undefined, clock: Clock) {
    this.#bytesPerSecond = bytesPerSecond ?? Number.POSITIVE_INFINITY;
    this.#clock = clock;
  }

  /**
   * Makes a frame in its turn, unless the user's bytes are used up by then. The last frame before they are
   * may be larger than what is left; what it takes beyond is made up for before the next.
   *
   * @returns Its text; undefined where it was not made, or `make` had none.
   */
  async make(user: string, make: () => Promise<string | undefined>): Promise<string | undefined> {
    const turn = (this.#last.get(user) ?? Promise.resolve()).then(() => this.#make(user, make));
    const settled = turn.catch(() => undefined);
    this.#last.set(user, settled);
    try {
      return await turn;
    } finally {
      if (this.#last.get(user) === settled) this.#last.delete(user);
    }
  }

  async #make(user: string, make: () => Promise<string | undefined>): Promise<string | undefined> {
    const second = 1_000_000;
    // Within a second of being full, some bytes are left.
    if ((this.#fullAt.get(user) ?? 0) - this.#clock() >= second) return undefined;
    const text = await make();
    if (text === undefined) return undefined;
    const now = this.#clock();
    const duration = (Buffer.byteLength(text) / this.#bytesPerSecond) * second;
    this.#fullAt.set(user, Math.max(this.#fullAt.get(user) ?? 0, now) + duration);
    if (this.#fullAt.size > maxIdleUsers) this.#forget(now);
    return text;
  }

  #forget(now: Micros): void {
    for (const [user, fullAt] of this.#fullAt) if (fullAt <= now) this.#fullAt.delete(user);
  }
}
