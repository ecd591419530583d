import type { Clock } from "../src/clock.js";

/** A clock that passes only while something sleeps, and then at once. */
export interface HeldClock extends Clock {
  /** Every wait, in milliseconds. */
  readonly waits: number[];
  /** Sets the system's clock wrong by so many milliseconds. */
  set(ms: number): void;
}

/** @param random what chance says, time after time; 0.5 once that is used up */
export function holdClock(random: readonly number[] = []): HeldClock {
  let passed = 0;
  let set = 0;
  const chances = [...random];
  const waits: number[] = [];
  return {
    waits,
    now: () => Date.UTC(2026, 0, 1) + passed + set,
    timer: () => passed,
    set: (ms) => {
      set = ms;
    },
    random: () => chances.shift() ?? 0.5,
    sleep: (ms) => {
      waits.push(ms);
      passed += ms;
      return Promise.resolve();
    },
  };
}
