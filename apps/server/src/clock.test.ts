import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatPrettyTimestamp, formatTimestamp, parseInstant } from "./clock.js";

describe("formatTimestamp", () => {
  it("prints RFC 3339 in UTC with microseconds", () => {
    expect(formatTimestamp(1_691_610_499_232_732)).toBe("2023-08-09T19:48:19.232732Z");
  });

  it("prints as PrettyESS does", () => {
    expect(formatPrettyTimestamp(1_685_550_497_604_598)).toBe("2023-05-31 16:28:17.604598 UTC");
  });

  it("keeps each microsecond", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 8_000_000_000_000_000 }), (at) => {
        const [, seconds = "", micros = ""] = /^(.*)\.(\d{6})Z$/.exec(formatTimestamp(at)) ?? [];
        expect(Date.parse(`${seconds}Z`) * 1000 + Number(micros)).toBe(at);
      }),
    );
  });
});

describe("parseInstant", () => {
  it("reads back what formatTimestamp prints", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 8_000_000_000_000_000 }), (at) => {
        expect(parseInstant(formatTimestamp(at))).toBe(at);
      }),
    );
  });

  it.each([
    ["1970-01-01T00:00:00Z", 0],
    ["1970-01-01T00:00:01.5Z", 1_500_000],
    ["1970-01-01T02:00:00+02:00", 0],
    ["1969-12-31T17:00:00-07:00", 0],
    ["2023-08-09T19:48:19.232732Z", 1_691_610_499_232_732],
    ["1969-12-31T23:59:59.999999Z", -1],
  ])("reads %s", (text, at) => {
    expect(parseInstant(text)).toBe(at);
  });

  it.each([
    ["1970-01-01T00:00:00.0000001Z", 1],
    ["1970-01-01T00:00:00.0000010000Z", 1],
    ["1970-01-01T00:00:00.999999999999Z", 1_000_000],
  ])("takes the first microsecond at or after %s", (text, at) => {
    expect(parseInstant(text)).toBe(at);
  });

  it("reads a leap second, small letters and an unknown zone, none of which Date.parse reads alike everywhere", () => {
    const newYear = Date.UTC(2017, 0, 1) * 1000;
    for (const text of ["2016-12-31T23:59:60Z", "2016-12-31t15:59:60.75-08:00", "2017-01-01t00:00:00z"]) {
      expect([text, parseInstant(text)]).toEqual([text, newYear]);
    }
    expect(parseInstant("2017-01-01T00:00:00.5-00:00")).toBe(newYear + 500_000);
    expect(() => parseInstant("yesterday")).toThrow(RangeError);
  });

  it("stays within the numbers that are exact", () => {
    expect(parseInstant("9999-12-31T23:59:59Z")).toBe(Number.MAX_SAFE_INTEGER);
    expect(parseInstant("0000-01-01T00:00:00Z")).toBe(Number.MIN_SAFE_INTEGER);
  });
});
