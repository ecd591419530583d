import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findTimes } from "./time-phrases.js";
import { documentTimes, questionTimes } from "./time-terms.js";

const now = new Date("2023-05-10T09:20:00Z");

/** What a document gains by the times of a question. */
function gain(question: string, document: string): number {
  const has = new Set(documentTimes(document).split(" "));
  const terms = findTimes(question, now).times.flatMap((time) => questionTimes(time, now));
  return terms.reduce((sum, { text, weight }) => sum + (has.has(text) ? weight : 0), 0);
}

describe("documentTimes", () => {
  it("has a word for all that a question may ask for", () => {
    expect(documentTimes("It was 25 on Wednesday, 3 May 2023 at 13:07 UTC.")).toBe(
      "day0503 month05 date20230503 month202305 weekday3 at1307 hour1305 hour1300 hour1255 hour1250 hour1245 hour1240 " +
        "hour1235 hour1230 hour1225 hour1220 hour1215 hour1210 partafternoon",
    );
  });

  it("has no word twice, and none for what depends on when it is read", () => {
    expect(documentTimes("yesterday, today and two hours ago, at noon, at noon")).toBe(documentTimes("12:00"));
    expect(documentTimes("no time at all")).toBe("");
  });

  it("looks at the beginning of a long text alone", () => {
    expect(documentTimes(`noon ${"x ".repeat(100_000)} midnight`)).toContain("at1200");
    expect(documentTimes(`noon ${"x ".repeat(100_000)} midnight`)).not.toContain("at0000");
  });
});

describe("questionTimes", () => {
  it("gives the whole weight to a day and a minute that are met however they are spelled", () => {
    const spellings = [
      "3 May 2023 at 13:00",
      "May 3rd, 2023, 1pm",
      "2023-05-03T13:00Z",
      "1 p.m. on the third of May 2023",
    ];
    for (const question of spellings) {
      for (const document of spellings) expect(gain(question, document)).toBeCloseTo(1.9);
    }
  });

  it("gives less the farther a time is from the one asked for", () => {
    const gains = ["13:00", "13:05", "12:50", "13:25", "12:20", "13:55", "14:00"].map((time) =>
      gain("around 1pm", time),
    );
    expect(gains).toEqual(gains.toSorted((a, b) => b - a));
    expect(new Set(gains).size).toBe(gains.length);
    expect(gains.at(-1)).toBe(0);
  });

  it("gives a time of day most where it is met, and nothing from an hour away on", () => {
    const minute = fc.integer({ min: 0, max: 1439 });
    const clock = (at: number): string =>
      `${String(Math.floor(at / 60) % 24).padStart(2, "0")}:${String(at % 60).padStart(2, "0")}`;
    fc.assert(
      fc.property(minute, minute, fc.integer({ min: 60, max: 1380 }), (asked, written, distance) => {
        expect(gain(clock(asked), clock(asked))).toBeCloseTo(0.9);
        expect(gain(clock(asked), clock(written))).toBeLessThanOrEqual(gain(clock(asked), clock(asked)));
        expect(gain(clock(asked), clock(asked + distance))).toBe(0);
      }),
    );
  });

  it("prefers the last year where none is said, and a year that is said", () => {
    expect(gain("May 3", "May 3, 2023")).toBeGreaterThan(gain("May 3", "May 3, 2022"));
    expect(gain("May 20", "May 20, 2022")).toBeGreaterThan(gain("May 20", "May 20, 2021"));
    expect(gain("May 3, 2021", "May 3, 2021")).toBeGreaterThan(gain("May 3, 2021", "May 3, 2023"));
    expect(gain("in May", "May 3, 2023")).toBeGreaterThan(gain("in May", "May 3, 2022"));
    expect(gain("in April 2022", "3 April 2022")).toBeGreaterThan(gain("in April 2022", "3 April 2023"));
  });

  it("prefers the last of the weekdays", () => {
    expect(gain("on Wednesday", "10 May 2023")).toBeGreaterThan(gain("on Wednesday", "3 May 2023"));
    expect(gain("last Wednesday", "3 May 2023")).toBeGreaterThan(gain("last Wednesday", "10 May 2023"));
    expect(gain("on Monday", "8 May 2023")).toBeCloseTo(1);
    expect(gain("on Monday", "9 May 2023")).toBe(0);
  });

  it("meets the part of a day by its hours and by its name", () => {
    expect(gain("in the afternoon", "13:05")).toBeCloseTo(0.9);
    expect(gain("in the afternoon", "this afternoon")).toBeCloseTo(0.9);
    expect(gain("in the afternoon", "11:59")).toBe(0);
    expect(gain("at 1", "13:00")).toBe(gain("at 1", "01:00"));
  });
});
