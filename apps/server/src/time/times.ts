import type { Clock } from "../clock.js";

/** The clocks of a server: which one counts depends on what is timed. */
export interface Times {
  /** Stamps what is stored: never behind the wall clock, and back by no step but a correction of more than a day. */
  readonly now: Clock;
  /** Checks the expiry of credentials: the wall clock, unless it is known to be behind. */
  readonly wall: Clock;
  /** Decides what is deleted or ends by its age: the first one, without jumps that nothing has confirmed yet. */
  readonly aging: Clock;
  /** Counts rates and waits: passes evenly, from any moment on. */
  readonly timer: Clock;
}
