import type { Micros } from "../src/clock.js";
import type { TimeSource } from "../src/time/time-source.js";

export const second: Micros = 1_000_000;
export const day: Micros = 86_400 * second;

/** A machine on which time passes as the test says, and whose wall clock can be set; its timer cannot. */
export class Machine implements TimeSource {
  /** The true time; each look at it takes a microsecond. */
  #now: Micros;
  #offset: Micros = 0;

  constructor(now: Micros = Date.UTC(2026, 0, 1, 12) * 1000) {
    this.#now = now;
  }

  readonly wall = (): Micros => Math.floor(((this.#now += 1) + this.#offset) / 1000) * 1000;
  readonly timer = (): Micros => (this.#now += 1) - 1_000_000;

  /** The true time, by no look at it. */
  get now(): Micros {
    return this.#now;
  }

  pass(span: Micros): void {
    this.#now += span;
  }

  /** Sets the wall clock wrong by so much. */
  set(offset: Micros): void {
    this.#offset = offset;
  }
}
