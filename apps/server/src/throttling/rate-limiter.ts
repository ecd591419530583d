import type { Clock, Micros } from "../clock.js";

/** How many in how long a time: all of them at once, then one by one as time passes. */
export interface Rate {
  readonly count: number;
  /** Milliseconds. */
  readonly period: number;
}

/** What is left to a name. */
export interface Allowance {
  /** How many may be taken now. */
  readonly left: number;
  /** How long until one may be taken; 0 where one may be taken now. */
  readonly wait: Micros;
}

/**
 * Counts what names take against a rate, in constant time and bounded memory.
 *
 * It is the generic cell rate algorithm (ITU-T I.371): for each name it keeps the one instant at which
 * all will be left again. Once that instant has passed the name can be dropped. Names live in two
 * generations; when a new one begins, the older of the two is dropped, as nobody needs it by then.
 * Only where more than `maxNames` are in use within one period does it drop some early, the oldest.
 */
export class RateLimiter {
  readonly rate: Rate;
  readonly #clock: Clock;
  readonly #maxNames: number;
  readonly #period: Micros;
  readonly #interval: Micros;
  #young = new Map<string, Micros>();
  #old = new Map<string, Micros>();
  #bornAt: Micros;

  constructor(rate: Rate, clock: Clock, maxNames = 100_000) {
    this.rate = rate;
    this.#clock = clock;
    this.#maxNames = maxNames;
    this.#period = rate.period * 1000;
    this.#interval = this.#period / rate.count;
    this.#bornAt = clock();
  }

  /** Takes one, or `amount`, where so many are left. Returns how long until there are; 0 where it took them. */
  take(name: string, amount = 1): Micros {
    const now = this.#clock();
    const fullAt = Math.max(this.#fullAt(name), now) + amount * this.#interval;
    const wait = fullAt - this.#period - now;
    // Fractions of an interval add up; less than a microsecond is none.
    if (wait >= 1) return wait;
    this.#keep(name, fullAt, now);
    return 0;
  }

  /** What is left to a name. It takes nothing. */
  allowance(name: string): Allowance {
    const now = this.#clock();
    const spent = Math.max(this.#fullAt(name) - now, 0);
    const left = Math.floor((this.#period - spent + 1) / this.#interval);
    return { left, wait: left > 0 ? 0 : spent + this.#interval - this.#period };
  }

  /** Undoes one `take`. */
  giveBack(name: string): void {
    this.#keep(name, this.#fullAt(name) - this.#interval, this.#clock());
  }

  /** Leaves a name all that it may have. */
  reset(name: string): void {
    this.#young.delete(name);
    this.#old.delete(name);
  }

  /** How many names are in memory. */
  get size(): number {
    return this.#young.size + this.#old.size;
  }

  #fullAt(name: string): Micros {
    return this.#young.get(name) ?? this.#old.get(name) ?? 0;
  }

  #keep(name: string, fullAt: Micros, now: Micros): void {
    // A name that was last counted in the generation before the young one is full again after a period.
    if (now - this.#bornAt >= this.#period || this.#young.size >= this.#maxNames / 2) {
      this.#old = now - this.#bornAt >= 2 * this.#period ? new Map<string, Micros>() : this.#young;
      this.#young = new Map();
      this.#bornAt = now;
    }
    this.#young.set(name, fullAt);
  }
}
