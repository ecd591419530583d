import type { Clock } from "../clock.js";

/** What the machine says of the time; injected, so that tests can set either. */
export interface TimeSource {
  /** The system's wall clock, exact to a millisecond. It may be set forward and back at any moment. */
  readonly wall: Clock;
  /** Microseconds since some moment, with their fractions. They pass evenly whatever the wall clock is set to. */
  readonly timer: Clock;
}

export const systemTime: TimeSource = {
  wall: () => Date.now() * 1000,
  timer: () => performance.now() * 1000,
};
