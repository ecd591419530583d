import * as fc from "fast-check";
import { expect, it } from "vitest";
import { RateLimited } from "./rate-limited.js";

it("retryAfter is the wait in whole seconds, rounded up", () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-3, max: 1e12, noNaN: true }), (wait) => {
      const { retryAfter, issues } = new RateLimited("too many calls", wait);
      expect(Number.isSafeInteger(retryAfter)).toBe(true);
      expect(retryAfter * 1_000_000).toBeGreaterThanOrEqual(wait);
      expect((retryAfter - 1) * 1_000_000).toBeLessThan(wait);
      expect(issues).toEqual([{ detail: `too many calls; try again in ${retryAfter} s` }]);
    }),
  );
});
