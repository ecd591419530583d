import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findTimes } from "../store/phrases/time-phrases.js";
import { spellTime } from "./spell-time.js";

const at = (instant: string): number => Date.parse(instant) * 1000;

describe("spellTime", () => {
  it.each([
    ["2023-05-03T13:05:12.232Z", "Wednesday, 3 May 2023 at 13:05 UTC (1:05 pm)"],
    ["2024-02-29T00:00:00Z", "Thursday, 29 February 2024 at 00:00 UTC (12:00 am)"],
    ["2023-12-31T12:59:59.999Z", "Sunday, 31 December 2023 at 12:59 UTC (12:59 pm)"],
    ["2023-09-01T09:07:00Z", "Friday, 1 September 2023 at 09:07 UTC (9:07 am)"],
  ])("%s is %j", (instant, words) => {
    expect(spellTime(at(instant))).toBe(words);
  });

  it("is read back by the search for times, to the minute", () => {
    const last = at("2199-12-31T23:59:59Z");
    fc.assert(
      fc.property(fc.integer({ min: 0, max: last }), (micros) => {
        const date = new Date(Math.floor(micros / 1000));
        const minute = date.getUTCHours() * 60 + date.getUTCMinutes();
        const time = { kind: "time", minute, isEitherHalf: false };
        expect(findTimes(spellTime(micros)).times).toEqual([
          { kind: "day", year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() },
          { kind: "weekday", weekday: date.getUTCDay(), isLast: false },
          time,
          time,
        ]);
      }),
    );
  });
});
