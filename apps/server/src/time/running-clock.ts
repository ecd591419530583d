import type { Micros } from "../clock.js";
import type { ClockRow } from "../store/port/rows.js";
import type { TimeSource } from "./time-source.js";
import type { Times } from "./times.js";

/** What has happened to the wall clock. */
export interface ClockEvent {
  /**
   * `forward`, `back`: it was set, and the times of rows follow it, slowly where it is back. `jumped`: they were more
   * than a day behind it. `returned`: they went back with it. `behind`: they are more than a day ahead of it, and stay so.
   */
  readonly kind: "forward" | "back" | "jumped" | "returned" | "behind";
  /** By how much it was set, without sign. */
  readonly by: Micros;
  /** What it was set to. */
  readonly to: Micros;
}

interface Running {
  /** What is known at the start; its `at` is the first time given. */
  readonly row: ClockRow;
  /** Whether the wall clock is known to be behind. */
  readonly distrustsWall: boolean;
  /** Called before the first time after the event is returned. */
  readonly onEvent: (event: ClockEvent) => void;
}

/** A step of the clock beyond which it may be wrong, and the wall clock before the step right. */
export const farStep: Micros = 86_400_000_000;

/** How long a jump must have lasted before things age by it: time enough to see the warning and to set the clock. */
const settlingTime: Micros = 7 * farStep;

/** How exact the wall clock is. */
const tick: Micros = 1000;

/** Steps up to a second, and what a daemon may slew in the time that has passed, are no news. */
const newsworthy = (passed: Micros): Micros => 1_000_000 + passed / 1000;

/**
 * The clocks of a process. They are made of the wall clock, which may be set, and a timer, which cannot be.
 *
 * Between two looks at the wall clock time passes as the timer says. A wall clock that is ahead is followed at
 * once. One that is behind is waited for at half the timer's pace, so that times are neither equal nor go back;
 * only one that is set back by more than a day is followed back.
 */
export class RunningClock implements Times {
  readonly #source: TimeSource;
  readonly #onEvent: Running["onEvent"];
  /** What the timer has to be added to. */
  #offset: Micros;
  #at: Micros;
  #wall: Micros;
  #timer: Micros;
  #distrustsWall: boolean;
  #lag: Micros;
  #jumpedAt: Micros | null;
  #wrongFrom: Micros | null;
  #wrongBy: Micros | null;

  constructor(source: TimeSource, { row, distrustsWall, onEvent }: Running) {
    this.#source = source;
    this.#onEvent = onEvent;
    this.#wall = source.wall();
    this.#timer = source.timer();
    this.#at = row.at;
    this.#offset = row.at - this.#timer;
    this.#distrustsWall = distrustsWall;
    this.#lag = row.lag;
    this.#jumpedAt = row.jumped_at;
    this.#wrongFrom = row.wrong_from;
    this.#wrongBy = row.wrong_by;
  }

  readonly now = (): Micros => {
    // In this order: a pause between the two must not look like a wall clock that is ahead.
    const wall = this.#source.wall();
    const timer = this.#source.timer();
    const passed = Math.max(timer - this.#timer, 0);
    const step = wall - this.#wall - passed;
    const wasAhead = this.#at - this.#wall;
    this.#wall = wall;
    this.#timer = timer;
    const at = Math.max(this.#offset + timer, this.#at);
    let kind: ClockEvent["kind"];
    if (at < wall) kind = this.#follow(wall, at);
    else if (step < -farStep - newsworthy(passed) && wasAhead <= farStep) kind = this.#return(wall, at);
    else kind = this.#wait(at, at - wall - tick, passed, step);
    if (Math.abs(step) > newsworthy(passed)) this.#onEvent({ kind, by: Math.abs(step), to: wall });
    if (this.#jumpedAt !== null && this.#at >= this.#jumpedAt + settlingTime) this.#settle();
    if (this.#distrustsWall && this.#at - wall <= farStep) this.#distrustsWall = false;
    return this.#at;
  };

  readonly wall = (): Micros => {
    const now = this.now();
    // Beside the wall clock it is the same time, given more exactly.
    return this.#distrustsWall ? now : Math.min(now, this.#wall + tick);
  };

  readonly aging = (): Micros => {
    const now = this.now();
    return now - this.#lag;
  };

  readonly timer = (): Micros => this.#source.timer();

  /** How far the times of rows are ahead of the wall clock. */
  ahead(): Micros {
    const now = this.now();
    return Math.max(now - this.#wall - tick, 0);
  }

  /** What the next start has to know. */
  row(): ClockRow {
    return {
      at: this.#at,
      lag: this.#lag,
      jumped_at: this.#jumpedAt,
      wrong_from: this.#wrongFrom,
      wrong_by: this.#wrongBy,
    };
  }

  /** The wall clock is ahead. */
  #follow(wall: Micros, at: Micros): "jumped" | "forward" {
    this.#set(wall);
    if (wall - at <= farStep) return "forward";
    this.#lag += Math.round(wall - at);
    this.#jumpedAt = wall;
    return "jumped";
  }

  /** The wall clock is behind, or equal: the lag shrinks by at most half of the time that has passed. */
  #wait(at: Micros, ahead: Micros, passed: Micros, step: Micros): "forward" | "back" | "behind" {
    const slack = ahead > 0 && ahead <= farStep ? Math.min(ahead, passed / 2) : 0;
    this.#offset -= slack;
    this.#at = Math.max(this.#at, Math.floor(at - slack));
    if (ahead > farStep) return "behind";
    return step > 0 ? "forward" : "back";
  }

  /** The wall clock was set back by so much that it must have been wrong before. */
  #return(wall: Micros, at: Micros): "returned" {
    const trusted = Math.floor(at) - this.#lag;
    // Where a jump is known, what lies before it is known to be over.
    this.#distrustsWall = this.#lag > 0 && wall < trusted - farStep;
    const to = this.#distrustsWall ? trusted : wall;
    this.#wrongFrom = this.#jumpedAt ?? to;
    this.#wrongBy = Math.round(at - to);
    this.#lag = to - trusted > farStep ? to - trusted : 0;
    this.#jumpedAt = this.#lag > 0 ? to : null;
    this.#set(to);
    return "returned";
  }

  #set(at: Micros): void {
    this.#offset = at - this.#timer;
    this.#at = at;
  }

  #settle(): void {
    this.#lag = 0;
    this.#jumpedAt = null;
  }
}
