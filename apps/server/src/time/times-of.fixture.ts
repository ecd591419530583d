import type { Clock } from "../clock.js";
import type { Times } from "./times.js";

/** All clocks of a machine that is never set. */
export function timesOf(clock: Clock): Times {
  return { now: clock, wall: clock, aging: clock, timer: clock };
}
