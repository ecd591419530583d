import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatPrettyTimestamp, formatTimestamp, systemClock } from "./clock.js";

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

describe("systemClock", () => {
  it("tells whole microseconds near the system's time and never goes backwards", () => {
    const clock = systemClock();
    let last = clock();
    expect(Math.abs(last / 1000 - Date.now())).toBeLessThan(5000);
    for (let round = 0; round < 10_000; round++) {
      const now = clock();
      expect(Number.isSafeInteger(now)).toBe(true);
      expect(now).toBeGreaterThanOrEqual(last);
      last = now;
    }
  });
});
