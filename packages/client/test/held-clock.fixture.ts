import type { Clock } from "../src/clock.js";

/** A clock that passes only while something sleeps, and then at once. */
export interface HeldClock extends Clock {
  /** Every wait, in milliseconds. */
  readonly waits: number[];
}

/** @param random what chance says, time after time; 0.5 once that is used up */
export function holdClock(random: readonly number[] = []): HeldClock {
  let now = Date.UTC(2026, 0, 1);
  const chances = [...random];
  const waits: number[] = [];
  return {
    waits,
    now: () => now,
    random: () => chances.shift() ?? 0.5,
    sleep: (ms) => {
      waits.push(ms);
      now += ms;
      return Promise.resolve();
    },
  };
}
