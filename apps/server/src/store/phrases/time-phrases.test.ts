import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findTimes, type TimePhrase } from "./time-phrases.js";

/** A Wednesday. */
const now = new Date("2023-05-10T09:20:00Z");

/** What a text speaks of, in short: `2023-05-03`, `?-05-03`, `2023-05`, `3 last` for a weekday, `13:05`, `1:00?`, `night`. */
const timesIn = (text: string, from: Date | undefined = now): string[] => findTimes(text, from).times.map(format);

function format(time: TimePhrase): string {
  const pad = (number: number | undefined): string => (number === undefined ? "?" : String(number).padStart(2, "0"));
  if (time.kind === "day") return `${pad(time.year)}-${pad(time.month)}-${pad(time.day)}`;
  if (time.kind === "month") return `${pad(time.year)}-${pad(time.month)}`;
  if (time.kind === "weekday") return `weekday ${time.weekday}${time.isLast ? " last" : ""}`;
  if (time.kind === "part") return time.part;
  return `${pad(Math.floor(time.minute / 60))}:${pad(time.minute % 60)}${time.isEitherHalf ? "?" : ""}`;
}

describe("findTimes", () => {
  it.each([
    ["3rd of may", "?-05-03"],
    ["the 3rd day of May", "?-05-03"],
    ["third of May", "?-05-03"],
    ["May 3", "?-05-03"],
    ["May the 3rd", "?-05-03"],
    ["May third", "?-05-03"],
    ["twenty-first of december 2023", "2023-12-21"],
    ["May 3, 2023", "2023-05-03"],
    ["3 May 2023", "2023-05-03"],
    ["3-May-2023", "2023-05-03"],
    ["Sept. 4", "?-09-04"],
    ["2023-05-03", "2023-05-03"],
    ["2023/5/3", "2023-05-03"],
    ["03.05.2023", "2023-05-03"],
    ["9/14/2023", "2023-09-14"],
    ["29 February", "?-02-29"],
    ["29 February 2024", "2024-02-29"],
  ])("%j is a day", (text, day) => {
    expect(timesIn(text)).toEqual([day]);
  });

  it.each([
    ["1pm", "13:00"],
    ["1 PM", "13:00"],
    ["1 p.m.", "13:00"],
    ["1:05pm", "13:05"],
    ["1.30pm", "13:30"],
    ["12am", "00:00"],
    ["12 pm", "12:00"],
    ["13:05", "13:05"],
    ["13:05:59", "13:05"],
    ["1:05", "01:05"],
    ["24:00", "00:00"],
    ["13h05", "13:05"],
    ["1300 hours", "13:00"],
    ["13 o'clock", "13:00"],
    ["1 o’clock", "01:00?"],
    ["one o'clock in the afternoon", "13:00"],
    ["half past one", "01:30?"],
    ["quarter to 1", "00:45?"],
    ["quarter to two pm", "13:45"],
    ["10 minutes past 13", "13:10"],
    ["at 13", "13:00"],
    ["at 1?", "01:00?"],
    ["7 in the evening", "19:00"],
    ["11 at night", "23:00"],
    ["1 at night", "01:00"],
    ["12 at night", "00:00"],
    ["noon", "12:00"],
    ["12 midnight", "00:00"],
    ["midday", "12:00"],
  ])("%j is a time", (text, time) => {
    expect(timesIn(text)).toEqual([time]);
  });

  it.each([
    ["in May 2023", ["2023-05"]],
    ["during may", ["?-05"]],
    ["on Wednesday", ["weekday 3"]],
    ["last Sunday", ["weekday 0 last"]],
    ["in the afternoon", ["afternoon"]],
    ["Wednesday, 3 May 2023 at 13:05 UTC", ["2023-05-03", "weekday 3", "13:05"]],
    ["2023-05-03T13:05:12.232732Z", ["2023-05-03", "13:05"]],
    ["2023-05-03T00:30+02:00", ["2023-05-02", "22:30"]],
    ["3/5/2023", ["2023-05-03", "2023-03-05"]],
    ["between 1pm and 2pm on May 3", ["?-05-03", "13:00", "14:00"]],
  ])("%j is more than one of them, or less", (text, times) => {
    expect(timesIn(text)).toEqual(times);
  });

  it.each([
    ["today", ["2023-05-10"]],
    ["yesterday at noon", ["12:00", "2023-05-09"]],
    ["the day before yesterday", ["2023-05-08"]],
    ["two hours ago", ["2023-05-10", "07:20"]],
    ["10 days ago", ["2023-04-30"]],
    ["a week ago", ["2023-05-03"]],
    ["right now", ["2023-05-10", "09:20"]],
    ["last night", ["2023-05-09", "night"]],
  ])("%j is counted from now, where there is one", (text, times) => {
    expect(timesIn(text)).toEqual(times);
    const { times: absolute, rest } = findTimes(text);
    expect(absolute.every((time) => time.kind === "time" || time.kind === "part")).toBe(true);
    expect(rest).not.toMatch(/^ ; $/);
  });

  it.each([
    "it may be 3 degrees",
    "the state was 25.3, 13 and 10736 more numbers",
    "temperature was 12 on a chip, 13 in the room",
    "version 1.2.3",
    "5 to 10 degrees",
    "31 February",
    "25:00 and 13:60",
    "room 12",
    "I am one",
    "afternoons",
    "12.05.03",
    "2023",
  ])("%j is no time", (text) => {
    expect(timesIn(text)).toEqual([]);
  });

  it("never takes a value for a time", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 31 }), (value) => {
        const text = `temperature was ${value} on Wednesday, 3 May 2023 at 13:05 UTC.\nValence: ${value}.`;
        expect(timesIn(text)).toEqual(["2023-05-03", "weekday 3", "13:05"]);
      }),
    );
  });

  it("leaves the rest of the text, in lower case", () => {
    expect(findTimes("What is the Temperature on 3rd of may at around 1pm?").rest).toBe(
      "what is the temperature on  ;  at around  ; ?",
    );
  });

  it("takes any text, within a time that grows with its length alone", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(findTimes(text, now).rest).toBeTypeOf("string");
      }),
    );
    // Each would take minutes where a pattern went back and forth.
    for (const piece of [
      "1 ",
      "may ",
      "1:",
      "1-",
      "1 o'",
      "at ",
      "1 day of ",
      "quarter past ",
      "2023-05-03t13:05:",
      " ",
    ]) {
      expect(findTimes(piece.repeat(50_000)).rest).toBeTypeOf("string");
    }
  });
});
