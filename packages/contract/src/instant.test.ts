import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { instant, readInstant } from "./instant.js";

const accepts = (text: string): boolean => instant.safeParse(text).success;
const day = 86_400;

describe("instant", () => {
  // The grammar of RFC 3339, section 5.6, with its examples of section 5.8.
  it.each([
    "1985-04-12T23:20:50.52Z",
    "1996-12-19T16:39:57-08:00",
    "1990-12-31T23:59:60Z",
    "1990-12-31T15:59:60-08:00",
    "1937-01-01T12:00:27.87+00:20",
    "2023-08-09t19:48:19z",
    "2023-08-09T19:48:19z",
    "2023-08-09t19:48:19.5+02:00",
    "2016-12-31T23:59:60.999Z",
    "2016-12-31t23:59:60z",
    "2017-01-01T00:59:60+01:00",
    "2016-12-31T23:29:60-00:30",
    "2023-08-09T19:48:19-00:00",
    "2023-08-09T19:48:19+23:59",
    "2023-08-09T19:48:19-23:59",
    "2024-02-29T00:00:00Z",
    "2000-02-29T00:00:00Z",
    "0000-02-29T00:00:00Z",
    // Not in RFC 3339, and always taken.
    "2023-08-09T19:48Z",
    "9999-12-31T23:59:59.999999999Z",
  ])("takes %s", (text) => {
    expect(accepts(text)).toBe(true);
  });

  it.each([
    "",
    "now",
    "2023-08-09",
    "2023-08-09T19:48:19",
    "2023-08-09 19:48:19Z",
    "2023-08-09T19:48:19 Z",
    " 2023-08-09T19:48:19Z",
    "2023-08-09T19:48:19Z\n",
    "2023-08-09T19:48:19,5Z",
    "2023-08-09T19:48:19.Z",
    "2023-08-09T19:48:19+2:00",
    "2023-08-09T19:48:19+0200",
    "2023-08-09T19:48:19+02",
    "2023-08-09T19:48:19+24:00",
    "2023-08-09T19:48:19-24:00",
    "2023-08-09T19:48:19+02:60",
    "2023-08-09T24:00:00Z",
    "2023-08-09T19:60:00Z",
    "2023-08-09T19:48:60Z",
    "2023-08-09T23:58:60Z",
    "2023-08-09T22:59:60Z",
    "2023-08-09T23:59:60+01:00",
    "2023-08-09T23:59:61Z",
    "2023-13-01T00:00:00Z",
    "2023-00-01T00:00:00Z",
    "2023-01-00T00:00:00Z",
    "2023-01-32T00:00:00Z",
    "2023-02-29T00:00:00Z",
    "1900-02-29T00:00:00Z",
    "2023-04-31T00:00:00Z",
    "+2023-08-09T19:48:19Z",
    "12023-08-09T19:48:19Z",
    "23-08-09T19:48:19Z",
    "2023-8-9T19:48:19Z",
    "20230809T194819Z",
    "2023-W32-3T19:48:19Z",
    "2023-221T19:48:19Z",
    "２０２３-08-09T19:48:19Z",
    `2023-08-09T19:48:19.${"0".repeat(64)}Z`,
  ])("refuses %j", (text) => {
    expect(accepts(text)).toBe(false);
  });

  it("says what an instant looks like", () => {
    expect(instant.safeParse("yesterday").error?.issues.map(({ message }) => message)).toEqual([
      "must be an instant such as 2023-08-09T19:48:19Z or 2023-08-09T19:48:19.5+02:00",
    ]);
  });
});

describe("readInstant", () => {
  it("reads every second of four-digit years as a Date does, in either case and any zone", () => {
    const seconds = fc.integer({
      min: Date.parse("0001-01-02T00:00:00Z") / 1000,
      max: Date.parse("9999-12-30T23:59:59Z") / 1000,
    });
    const zone = fc.record({ sign: fc.constantFrom(1, -1), hours: fc.nat(23), minutes: fc.nat(59) });
    fc.assert(
      fc.property(seconds, zone, fc.boolean(), fc.stringMatching(/^\d{0,9}$/), (at, offset, isLower, fraction) => {
        const { sign, hours, minutes } = offset;
        const local = new Date((at + sign * (hours * 3600 + minutes * 60)) * 1000).toISOString().slice(0, 19);
        const two = (value: number): string => String(value).padStart(2, "0");
        const point = fraction === "" ? "" : `.${fraction}`;
        const text = `${local}${point}${sign > 0 ? "+" : "-"}${two(hours)}:${two(minutes)}`;
        const given = isLower ? text.toLowerCase() : text;
        expect(readInstant(given)).toEqual({ seconds: at, fraction });
        expect(accepts(given)).toBe(true);
      }),
    );
  });

  it("accepts exactly the days that there are", () => {
    fc.assert(
      fc.property(fc.nat(9999), fc.integer({ min: 0, max: 13 }), fc.integer({ min: 0, max: 32 }), (y, m, d) => {
        const text = `${String(y).padStart(4, "0")}-${String(m).padStart(2, "0")}-${String(d).padStart(2, "0")}`;
        const date = new Date(`${text}T00:00:00Z`);
        const exists = !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
        expect([text, readInstant(`${text}T00:00:00Z`)?.seconds]).toEqual([
          text,
          exists ? date.getTime() / 1000 : undefined,
        ]);
      }),
    );
  });

  it("takes all of a leap second for the first moment of the next day, so that order stays", () => {
    const midnight = Date.UTC(2017, 0, 1) / 1000;
    for (const text of ["2016-12-31T23:59:60Z", "2016-12-31T23:59:60.999Z", "2016-12-31T15:59:60.5-08:00"]) {
      expect([text, readInstant(text)]).toEqual([text, { seconds: midnight, fraction: "" }]);
    }
    expect(readInstant("2017-01-01T00:00:00Z")).toEqual({ seconds: midnight, fraction: "" });
    expect(readInstant("2016-12-30T23:59:60Z")).toEqual({ seconds: midnight - day, fraction: "" });
  });
});
