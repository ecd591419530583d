import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import type { ClockRow } from "../store/port/rows.js";
import { type ClockEvent, RunningClock } from "./running-clock.js";
import { systemTime } from "./time-source.js";

const second = 1_000_000;
const day = 86_400 * second;
const start = 1_700_000_000_000_000;

/** A machine whose wall clock is exact to a millisecond and can be set; its timer cannot. */
class Machine {
  /** The true microseconds since the start. */
  elapsed = 0;
  /** How far the wall clock is off. */
  offset = 0;
  readonly wall = () => Math.floor((start + this.elapsed + this.offset) / 1000) * 1000;
  readonly timer = () => 12_345.678 + this.elapsed;

  pass(micros: number): void {
    this.elapsed += micros;
  }

  set(micros: number): void {
    this.offset += micros;
  }
}

let machine: Machine;
let events: ClockEvent[];

beforeEach(() => {
  machine = new Machine();
  events = [];
});

function runningFrom(row: Partial<ClockRow>, distrustsWall = false): RunningClock {
  const whole = { at: machine.wall(), lag: 0, jumped_at: null, wrong_from: null, wrong_by: null, ...row };
  return new RunningClock(machine, { row: whole, distrustsWall, onEvent: (event) => void events.push(event) });
}

/** By how much a clock is ahead of the true time. */
const ahead = (clock: RunningClock): number => clock.now() - (start + machine.elapsed);

describe("the time that stamps rows", () => {
  it("is exact to the microsecond, within a millisecond of the wall clock", () => {
    const clock = runningFrom({});
    const first = clock.now();
    for (let count = 1; count <= 5000; count++) {
      machine.pass(7);
      expect(clock.now()).toBe(first + 7 * count);
    }
    expect(Math.abs(ahead(clock))).toBeLessThanOrEqual(1000);
    expect(events).toEqual([]);
  });

  it("follows a wall clock that is set forward at once, and says so", () => {
    const clock = runningFrom({});
    clock.now();
    machine.pass(second);
    machine.set(3600 * second);
    expect(ahead(clock)).toBeGreaterThanOrEqual(3599.999 * second);
    expect(events).toMatchObject([{ kind: "forward" }]);
    expect(events[0]!.by).toBeCloseTo(3600 * second, -4);
    machine.pass(second);
    expect(ahead(clock) - 3600 * second).toBeLessThanOrEqual(1000);
    expect(events).toHaveLength(1);
  });

  it("wakes up with a machine that slept, whose timer had stopped", () => {
    const clock = runningFrom({});
    const before = clock.now();
    machine.set(8 * 3600 * second);
    expect(clock.now() - before).toBeGreaterThanOrEqual(8 * 3600 * second - 1000);
  });

  it("does not go back with a wall clock that is set back, and is overtaken by it", () => {
    const clock = runningFrom({});
    const before = clock.now();
    machine.set(-600 * second);
    expect(clock.now()).toBeGreaterThanOrEqual(before);
    expect(events).toMatchObject([{ kind: "back" }]);
    machine.pass(300 * second);
    // Time goes on meanwhile, at half its pace.
    expect(clock.now() - before).toBeGreaterThan(140 * second);
    expect(ahead(clock)).toBeLessThan(-100 * second);
    machine.pass(900 * second);
    expect(ahead(clock) + 600 * second).toBeLessThanOrEqual(1000);
    expect(events).toHaveLength(1);
  });

  it("does not drift from a wall clock that is slewed, and takes no slewing for a step", () => {
    const clock = runningFrom({});
    for (let count = 0; count < 2000; count++) {
      machine.pass(60 * second);
      // As fast as an NTP daemon slews: 500 parts in a million, to and fro.
      machine.set((count % 200 < 100 ? -500 : 500) * 60);
      expect(Math.abs(clock.now() - machine.wall())).toBeLessThanOrEqual(1000);
    }
    expect(events).toEqual([]);
  });

  it("returns with a wall clock that was far ahead", () => {
    const clock = runningFrom({});
    clock.now();
    machine.set(1826 * day);
    expect(ahead(clock)).toBeGreaterThan(1825 * day);
    machine.pass(3600 * second);
    expect(ahead(clock)).toBeGreaterThan(1825 * day);
    machine.pass(0.25);
    machine.set(-1826 * day);
    expect(Math.abs(ahead(clock))).toBeLessThanOrEqual(1000);
    for (const value of Object.values(clock.row())) expect(Number.isSafeInteger(value ?? 0)).toBe(true);
    expect(events.map(({ kind }) => kind)).toEqual(["jumped", "returned"]);
    // What was stamped meanwhile is known to be wrong, and by how much.
    expect(clock.row().wrong_by! / day).toBeCloseTo(1826, 5);
    expect((clock.row().wrong_from! - start) / day).toBeCloseTo(1826, 5);
    expect(clock.row()).toMatchObject({ lag: 0, jumped_at: null });
  });

  it("returns with a wall clock that was far ahead from the first start on", () => {
    machine.set(3652 * day);
    const clock = runningFrom({});
    clock.now();
    machine.pass(60 * second);
    machine.set(-3652 * day);
    expect(Math.abs(ahead(clock))).toBeLessThanOrEqual(1000);
    expect(clock.row().wrong_by! / day).toBeCloseTo(3652, 5);
    expect(clock.row().wrong_from!).toBeLessThanOrEqual(start + machine.elapsed);
  });

  it("returns no further than to where it would be without the jump", () => {
    const clock = runningFrom({});
    clock.now();
    machine.set(1826 * day);
    clock.now();
    machine.set(-3000 * day);
    expect(Math.abs(ahead(clock))).toBeLessThanOrEqual(1000);
    expect(Math.abs(clock.wall() - clock.now())).toBeLessThanOrEqual(1000);
    machine.pass(60 * second);
    machine.set(1174 * day);
    expect(Math.abs(ahead(clock))).toBeLessThanOrEqual(1000);
  });

  it("goes on where a start has found the wall clock years behind, until it is set right", () => {
    machine.set(-20_000 * day);
    const clock = runningFrom({ at: start }, true);
    machine.pass(3600 * second);
    expect(ahead(clock)).toBe(0);
    // Nor does it fall with one that is wrong in another way.
    machine.set(-3 * day);
    expect(ahead(clock)).toBe(0);
    machine.pass(60 * second);
    machine.set(20_003 * day);
    expect(Math.abs(ahead(clock))).toBeLessThanOrEqual(1000);
    expect(clock.row()).toMatchObject({ lag: 0, jumped_at: null, wrong_from: null });
  });

  it("never goes back by less than a day, and is never behind the wall clock, whatever is done to that", () => {
    const minutes = fc.integer({ min: -1440, max: 3 * 525_600 });
    const moves = fc.array(fc.tuple(fc.integer({ min: 0, max: 7200 }), fc.option(minutes, { freq: 3 })), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(moves, (moves) => {
        machine = new Machine();
        const clock = runningFrom({});
        let last = clock.now();
        for (const [seconds, set] of moves) {
          machine.pass(seconds * second + 0.25);
          if (set !== null) machine.set(set * 60 * second);
          const now = clock.now();
          expect(Number.isSafeInteger(now)).toBe(true);
          expect(now).toBeGreaterThanOrEqual(machine.wall());
          expect(now).toBeGreaterThanOrEqual(last);
          last = now;
          // What is kept is kept in whole microseconds.
          for (const value of Object.values(clock.row())) expect(Number.isSafeInteger(value ?? 0)).toBe(true);
        }
      }),
    );
  });

  it("is the system's own by default", () => {
    const row = { at: systemTime.wall(), lag: 0, jumped_at: null, wrong_from: null, wrong_by: null };
    const clock = new RunningClock(systemTime, { row, distrustsWall: false, onEvent: () => {} });
    let last = clock.now();
    for (let round = 0; round < 10_000; round++) {
      const now = clock.now();
      expect(Number.isSafeInteger(now)).toBe(true);
      expect(now).toBeGreaterThanOrEqual(last);
      last = now;
    }
    expect(Math.abs(last - Date.now() * 1000)).toBeLessThan(60 * second);
  });
});

describe("the time that expiry of credentials is checked by", () => {
  it("is the wall clock, forward and back", () => {
    const clock = runningFrom({});
    for (const set of [0, 400 * day, -401 * day, 3600 * second, -60 * second]) {
      machine.pass(second);
      machine.set(set);
      expect(Math.abs(clock.wall() - machine.wall())).toBeLessThanOrEqual(1000);
    }
  });

  it("does not bring back to life what had ended, where a start has found the wall clock years behind", () => {
    machine.set(-20_000 * day);
    const clock = runningFrom({ at: start }, true);
    expect(clock.wall()).toBe(start);
    machine.set(20_000 * day);
    expect(Math.abs(clock.wall() - machine.wall())).toBeLessThanOrEqual(1000);
    // From then on it is trusted again.
    machine.set(-2 * day);
    expect(Math.abs(clock.wall() - machine.wall())).toBeLessThanOrEqual(1000);
  });
});

describe("the time that things age by", () => {
  it("leaves out a jump until the clock has kept to it for a week", () => {
    const clock = runningFrom({});
    const offset = () => clock.aging() - (start + machine.elapsed);
    expect(Math.abs(offset())).toBeLessThanOrEqual(1000);
    machine.set(1826 * day);
    expect(Math.abs(offset())).toBeLessThanOrEqual(1000);
    machine.pass(6.9 * day);
    expect(Math.abs(offset())).toBeLessThanOrEqual(1000);
    expect(clock.row()).toMatchObject({ jumped_at: expect.any(Number), lag: expect.any(Number) });
    machine.pass(0.2 * day);
    expect(offset()).toBeGreaterThan(1825 * day);
    expect(clock.row()).toMatchObject({ jumped_at: null, lag: 0 });
  });

  it("takes part in what is no more than a day at once", () => {
    const clock = runningFrom({});
    machine.set(0.9 * day);
    expect(clock.aging() - (start + machine.elapsed)).toBeGreaterThan(0.89 * day);
  });

  it("adds jumps up, and goes on where a clock returns from the last of them alone", () => {
    const clock = runningFrom({});
    clock.now();
    machine.set(10 * day);
    clock.now();
    machine.pass(second);
    machine.set(400 * day);
    expect(Math.abs(clock.aging() - (start + machine.elapsed))).toBeLessThanOrEqual(1000);
    machine.set(-400 * day);
    expect(ahead(clock) / day).toBeCloseTo(10, 3);
    expect(Math.abs(clock.aging() - (start + machine.elapsed))).toBeLessThanOrEqual(1000);
  });

  it("goes on over a restart", () => {
    const before = runningFrom({});
    before.now();
    machine.set(1826 * day);
    before.now();
    machine.pass(60 * second);
    before.now();
    const after = runningFrom(before.row());
    machine.pass(60 * second);
    expect(Math.abs(after.aging() - (start + machine.elapsed))).toBeLessThanOrEqual(2000);
  });
});
