import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ClockRow } from "../store/port/rows.js";
import { ClockJumpError, startClock } from "./start-clock.js";

const hour = 3_600_000_000;
const day = 24 * hour;
const newest = Date.UTC(2026, 10, 29, 8) * 1000;

const never = () => false;
const always = () => true;
const kept = (row: Partial<ClockRow> = {}): ClockRow => ({
  at: newest,
  lag: 0,
  jumped_at: null,
  wrong_from: null,
  wrong_by: null,
  ...row,
});

describe("a start", () => {
  it("takes the wall clock where the folder is empty, whatever it says", () => {
    for (const wall of [0, newest, newest + 3652 * day]) {
      expect(startClock({ kept: undefined, newest: 0, wall, confirms: never })).toMatchObject({
        kind: "usual",
        row: { at: wall, lag: 0 },
      });
    }
  });

  it("takes the wall clock up to a day beyond what is known, and no further", () => {
    for (const known of [undefined, kept(), kept({ at: newest - hour }), kept({ at: newest - 23 * hour })]) {
      const at = (wall: number) => () => startClock({ kept: known, newest, wall, confirms: never });
      expect(at(newest + day)()).toMatchObject({ kind: "usual", row: { at: newest + day, lag: 0 } });
      expect(at(newest + day + 1)).toThrow(ClockJumpError);
      expect(at(newest + 3652 * day)).toThrow(ClockJumpError);
    }
  });

  it("goes by the time of the last run where nothing was written in it", () => {
    const idle = kept({ at: newest + 30 * day });
    expect(startClock({ kept: idle, newest, wall: newest + 31 * day, confirms: never })).toMatchObject({
      kind: "usual",
    });
    expect(() => startClock({ kept: idle, newest, wall: newest + 31 * day + 1, confirms: never })).toThrow(
      ClockJumpError,
    );
  });

  it("takes a jump that is confirmed, and keeps in mind how far it went", () => {
    const wall = newest + 10 * day;
    const asked: number[] = [];
    const confirms = (at: number) => {
      asked.push(at);
      return true;
    };
    expect(startClock({ kept: kept(), newest, wall, confirms })).toEqual({
      kind: "jumped",
      by: 10 * day,
      row: { ...kept(), at: wall, lag: 10 * day, jumped_at: wall },
      distrustsWall: false,
    });
    expect(asked).toEqual([wall]);
  });

  it("returns from a jump to where the time would be without it", () => {
    const jumped = startClock({ kept: kept(), newest, wall: newest + 1826 * day, confirms: always }).row;
    const later = { ...jumped, at: jumped.at + hour };
    for (const wall of [newest - hour, newest + hour, newest + hour + day]) {
      const { kind, row, distrustsWall } = startClock({
        kept: later,
        newest: later.at,
        wall,
        confirms: never,
      });
      expect([kind, distrustsWall]).toEqual(["returned", false]);
      expect(row).toMatchObject({ lag: 0, jumped_at: null, wrong_from: jumped.at, wrong_by: 1826 * day });
      expect(row.at).toBe(wall);
    }
  });

  it("deletes nothing by its age where it returns from a jump to another one", () => {
    const jumped = startClock({ kept: kept(), newest, wall: newest + 1826 * day, confirms: always }).row;
    const wall = newest + 300 * day;
    const { kind, row } = startClock({ kept: jumped, newest: jumped.at, wall, confirms: never });
    expect(kind).toBe("returned");
    expect(row).toEqual({
      at: wall,
      lag: 300 * day,
      jumped_at: wall,
      wrong_from: newest + 1826 * day,
      wrong_by: 1526 * day,
    });
    // From there it returns as from any other.
    expect(startClock({ kept: row, newest: jumped.at, wall: newest + hour, confirms: never })).toMatchObject({
      kind: "returned",
      row: { lag: 0, wrong_by: 300 * day },
    });
  });

  it("goes by the last run where rows beyond it are left from a jump, also later", () => {
    const wall = newest + hour;
    const poisoned = { kept: kept(), newest: newest + 1826 * day };
    expect(startClock({ ...poisoned, wall, confirms: never })).toMatchObject({ kind: "usual", row: { at: wall } });
    expect(() => startClock({ ...poisoned, wall: newest + 2 * day, confirms: never })).toThrow(ClockJumpError);
  });

  it("goes on from what is known where the wall clock is behind", () => {
    for (const behind of [hour, day, 2 * day, 20_000 * day]) {
      const known = startClock({ kept: kept(), newest, wall: newest - behind, confirms: never });
      expect(known).toMatchObject({ kind: "behind", by: behind, row: { at: newest }, distrustsWall: behind > day });
      // Rows alone may be the ones that are wrong: credentials then go by the wall clock.
      const rowsAlone = startClock({ kept: undefined, newest, wall: newest - behind, confirms: never });
      expect(rowsAlone).toMatchObject({ kind: "behind", by: behind, row: { at: newest }, distrustsWall: false });
    }
  });

  const at = fc.integer({ min: newest - 3000 * day, max: newest + 3000 * day });
  const row = fc.option(fc.record({ at, lag: fc.nat(2000 * day) }), { nil: undefined });
  /** A start, and whether its wall clock is more than a day beyond what is known. */
  const starts = fc.tuple(row, at, at).map(([known, newest, wall]) => {
    const record = known && kept({ ...known, jumped_at: known.lag > 0 ? known.at : null });
    const earliest = record?.at ?? newest;
    const start = () => startClock({ kept: record, newest, wall, confirms: never });
    return { start, wall, earliest, isFar: wall - Math.max(earliest, newest - earliest > day ? 0 : newest) > day };
  });

  it("fails more than a day beyond what is known, whatever is kept", () => {
    const far = starts.filter(({ isFar }) => isFar);
    fc.assert(
      fc.property(far, ({ start }) => {
        expect(start).toThrow(ClockJumpError);
      }),
    );
  });

  it("is never behind what is known, unless a clock that was ahead has returned", () => {
    fc.assert(
      fc.property(
        starts.filter(({ isFar }) => !isFar),
        ({ start, wall, earliest }) => {
          const { kind, row, by } = start();
          expect(by).toBeGreaterThanOrEqual(0);
          expect(row.at).toBeGreaterThanOrEqual(kind === "returned" ? wall : Math.max(wall, earliest));
          expect(row.at).toBeLessThanOrEqual(kind === "usual" ? wall + 1_000_000 : Infinity);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe("the error of a start", () => {
  it("says what the clock says, what is known, and how either is set right", () => {
    const wall = Date.UTC(2036, 10, 29, 9, 30) * 1000;
    const start = () => startClock({ kept: undefined, newest, wall, confirms: never });
    expect(start).toThrow(
      [
        "the system's clock says 2036-11-29T09:30:00Z. That is 3653 days after the newest time in the data, 2026-11-29T08:00:00Z.",
        "  Nothing was started or changed: with a wrong clock, all that is written gets a wrong time.",
        "  If the clock is wrong, set it right and start again.",
        "  If it is right, as after a long stop, confirm it for this start: ECA_CONFIRM_CLOCK=2036-11-29",
      ].join("\n"),
    );
  });

  it("counts hours where they are few", () => {
    const start = () => startClock({ kept: undefined, newest, wall: newest + 30 * hour, confirms: never });
    expect(start).toThrow("That is 30 hours after");
  });
});
