import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { spellTime } from "./spell-time.js";

const at = (instant: string): number => Date.parse(instant) * 1000;

describe("spellTime", () => {
  it("tells a day and a time in the spellings that people ask in", () => {
    const { sentence, day, time } = spellTime(at("2023-05-03T13:05:12Z") + 232_732);
    expect(sentence).toBe("Wednesday, 3 May 2023 at 13:05 UTC");
    expect(day).toEqual([
      "3 May 2023",
      "3rd of May",
      "May 3, 2023",
      "May 3rd",
      "May 3",
      "Wednesday (Wed)",
      "2023-05-03",
    ]);
    expect(time).toEqual([
      "13:05 UTC",
      "1:05 pm",
      "1:05pm",
      "just after 1pm",
      "around 1 pm",
      "around 1pm",
      "around 1:00 pm",
      "around 1 o'clock",
      "around 13:00",
      "in the afternoon",
      "2023-05-03T13:05:12.232732Z",
    ]);
  });

  it.each([
    ["2023-09-01", "1st of September", "Sep 1"],
    ["2023-01-02", "2nd of January", "Jan 2"],
    ["2024-02-29", "29th of February", "Feb 29"],
    ["2023-12-11", "11th of December", "Dec 11"],
    ["2023-12-12", "12th of December", "Dec 12"],
    ["2023-12-13", "13th of December", "Dec 13"],
    ["2023-12-21", "21st of December", "Dec 21"],
    ["2023-12-22", "22nd of December", "Dec 22"],
    ["2023-12-23", "23rd of December", "Dec 23"],
    ["2023-12-31", "31st of December", "Dec 31"],
  ])("%s is the %s", (date, ordinal, short) => {
    const { day } = spellTime(at(`${date}T12:00:00Z`));
    expect(day).toContain(ordinal);
    expect(day).toContain(short);
  });

  it.each([
    ["13:00", ["1 pm", "1pm", "exactly 1pm", "around 1pm"]],
    ["12:55", ["12:55pm", "just before 1pm", "around 1pm", "in the afternoon"]],
    ["13:15", ["around quarter past 1", "around 1pm"]],
    ["13:29", ["around half past 1", "around 1pm"]],
    ["13:31", ["around half past 1", "around 2pm"]],
    ["12:43", ["around quarter to 1", "around 1pm"]],
    ["00:00", ["12am", "exactly 12am", "around midnight", "at night"]],
    ["23:45", ["11:45pm", "around quarter to 12", "around 12am", "around midnight", "around 00:00"]],
    ["11:40", ["11:40am", "around 12pm", "around noon", "in the morning"]],
    ["18:20", ["6:20pm", "around 6pm", "in the evening"]],
    ["04:59", ["4:59am", "just before 5am", "around 5am", "at night"]],
  ])("%s is told as %j", (clockTime, spellings) => {
    expect(spellTime(at(`2023-05-03T${clockTime}:00Z`)).time).toEqual(expect.arrayContaining(spellings));
  });

  it.each([
    ["13:11", /just/],
    ["12:49", /just/],
    ["13:05", /quarter|half|exactly|around noon/],
    ["13:30", /1pm/],
    ["13:29", /2pm/],
  ])("%s is not told as %s", (clockTime, spelling) => {
    expect(spellTime(at(`2023-05-03T${clockTime}:00Z`)).time.join("; ")).not.toMatch(spelling);
  });

  it("names one full hour for each instant, the nearest, and never the same words twice", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: at("2250-01-01T00:00:00Z") }), (at) => {
        const { day, time } = spellTime(at);
        expect(new Set([...day, ...time]).size).toBe(day.length + time.length);
        const fullHours = time.flatMap((spelling) => /^around (\d\d):00$/.exec(spelling)?.[1] ?? []);
        const minute = Math.floor(at / 60e6);
        expect(fullHours.map(Number)).toEqual([Math.round(minute / 60) % 24]);
      }),
    );
  });
});
